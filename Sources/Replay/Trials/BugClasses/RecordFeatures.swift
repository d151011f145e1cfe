// What a delivery over TLS exercises.

internal import MockQwen

extension SessionFeatures {
  /// How records and writes overlap, and how the stream breaks.
  func addRecords(_ delivery: Delivery, _ found: inout ConditionSet) {
    guard let records = delivery.records else { return }
    found.insert(.records)
    let writes = Set(delivery.fragmentEnds)
    found.insert(.recordOverWrites, if: !writes.isSubset(of: records.ends))
    found.insert(.recordsInOneWrite, if: records.ends.contains { !writes.contains($0) })
    found.insert(.messageInStream, if: records.message.map { $0.offset < delivery.count } ?? false)
    guard delivery.ending == .reset else { return }
    found.insert(.truncated, if: records.breakage == .truncation)
    found.insert(.alerted, if: records.breakage == .alert)
  }
}
