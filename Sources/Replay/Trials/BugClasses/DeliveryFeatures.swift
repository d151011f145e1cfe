// What a delivery exercises: its session's features, where its reads end, how much came together, how it
// ended. One walk along the fragments, the chunks and the blocks, which are all in rising order.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Wire

extension SessionFeatures {
  /// A silence after which proxies send a heartbeat, and one after which they give up.
  private static let heartbeatMilliseconds = 5_000
  private static let patienceMilliseconds = 60_000

  /// The conditions of a delivery of this session; `expectation` is what the client must get.
  func conditions(of delivery: Delivery, _ expectation: Expectation) -> ConditionSet {
    // Where any well-formed answer passes, no class would be noticed.
    if expectation.isOpen { return [] }
    var found = clientConditions(delivery)
    let body = delivery.transmission.session.body.count
    if let behavior = delivery.behavior, behavior.isDeparture, behavior.offset < body {
      // What a client that left did not see was not exercised.
      found.insert(.clientLeft)
      found.insert(.clientLeftEarly, if: behavior.offset == 0)
      return found
    }
    guard !delivery.request.isAnsweredByProxy, delivery.reach == .answers else { return found }
    addAnomalies(delivery.transmission.anomalies, &found)
    addFraming(delivery, &found)
    addReads(delivery, &found)
    addRecords(delivery, &found)
    if delivery.pacing != .none {
      addTimes(delivery, &found)
      found.insert(.barren, if: expectation.endTimeMax != nil && delivery.ending != .stall)
    }
    addEnd(delivery, expectation, &found)
    return found
  }

  /// How the client asks and what it does.
  private func clientConditions(_ delivery: Delivery) -> ConditionSet {
    var found: ConditionSet = []
    switch delivery.request {
    case .http10: found.insert(.oldClient)
    case .again, .pipelined, .fourfold, .ahead: found.insert(.secondRequest)
    case .head: found.insert(.headRequest)
    case .options: found.insert(.preflight)
    default: break
    }
    switch delivery.behavior?.kind {
    case .halfcloses: found.insert(.halfClosed)
    case .pauses, .starves, .crawls: found.insert(.slowClient)
    case .leaves, .resets, nil: break
    }
    found.insert(.unauthorizedFirst, if: delivery.firstStatus == 401)
    found.insert(.parallel, if: delivery.streams > 1)
    let body = delivery.transmission.session.body.count
    found.insert(.stopping, if: delivery.stop.map { $0 < body } ?? false)
    return found
  }

  private func addAnomalies(_ anomalies: ResponseAnomalies, _ found: inout ConditionSet) {
    guard !anomalies.isEmpty else { return }
    found.insert(.interimHeads, if: anomalies.contains(.interim))
    found.insert(.hopFields, if: anomalies.contains(.hops))
    found.insert(.lengthConflict, if: !anomalies.isDisjoint(with: [.length, .coding]))
    found.insert(.extraBytes, if: !anomalies.isDisjoint(with: [.extra, .short]))
    found.insert(.badChunkSize, if: !anomalies.isDisjoint(with: .sizes))
  }

  private func addFraming(_ delivery: Delivery, _ found: inout ConditionSet) {
    switch delivery.transmission.framing {
    case .length: found.insert(.length)
    case .close: found.insert(.untilClose)
    case .chunked(let dress):
      found.insert(.chunked)
      found.insert(.chunkExtensions, if: dress.extensions)
      found.insert(.chunkTrailers, if: dress.trailers)
      found.insert(.chunkSizeSpelling, if: dress.upper || dress.zeros)
    }
  }

  /// Where the reads end. A proxy reads at most one write, or one TLS record, and some read at most one
  /// chunk, so the borders of chunks are cuts too.
  private func addReads(_ delivery: Delivery, _ found: inout ConditionSet) {
    let transmission = delivery.transmission
    let isChunked = found.contains(.chunked)
    let runs = transmission.runs
    found.insert(.smallReads, if: delivery.readEnds.count * 64 >= delivery.count)
    var place: UInt8 = 0
    var run = 0
    var border = 0
    var reads = 0
    var last = 0
    let sent = transmission.bodyCount(before: delivery.count)
    if isChunked {
      for run in runs where run.body < sent { place |= places[run.body] }
    }
    for end in delivery.readEnds {
      while run < runs.count, runs[run].wireEnd < end { run += 1 }
      let body = run < runs.count ? runs[run].body + max(0, end - runs[run].wire) : sent
      let first = border
      while border < borders.count, borders[border] <= body { border += 1 }
      if border > first {
        reads += 1
        found.insert(.blocksInOneRead, if: border - first > 1)
        found.insert(.blockWithHead, if: last < transmission.headEnd)
      }
      last = end
      guard end < delivery.count else { continue }
      if body > 0, body < sent { place |= places[body] }
      addWirePlace(end, run, transmission, isChunked, &found)
    }
    found.insert(.blocksInTwoReads, if: reads > 1)
    found.formUnion(ConditionSet(bits: UInt128(place)))
  }

  private func addWirePlace(
    _ end: Int, _ run: Int, _ transmission: Transmission, _ isChunked: Bool,
    _ found: inout ConditionSet
  ) {
    let runs = transmission.runs
    if end < transmission.headEnd { return found.insert(.cutInHead) }
    if run == 0, end <= runs.first?.wire ?? end { found.insert(.cutBehindHead) }
    guard isChunked else { return }
    guard run < runs.count else {
      // After the last run: its line end, then the last chunk.
      let dataEnd = runs.last?.wireEnd ?? transmission.headEnd - 2
      return found.insert(end < dataEnd + 2 ? .cutInChunkEnd : .cutInLastChunk)
    }
    let start = run == 0 ? transmission.headEnd : runs[run - 1].wireEnd + 2
    if end > start, end < runs[run].wire { found.insert(.cutInChunkSize) }
    if end < start || end == runs[run].wireEnd { found.insert(.cutInChunkEnd) }
  }

  private func addTimes(_ delivery: Delivery, _ found: inout ConditionSet) {
    let transmission = delivery.transmission
    let sent = transmission.bodyCount(before: delivery.count)
    var last: Int?
    var lastPlace: UInt8 = 0
    var read = 0
    for index in delivery.fragmentEnds.indices {
      let end = delivery.readableEnd(ofFragment: index)
      guard end > read else { continue }
      read = end
      let time = delivery.dueTime(ofFragment: index)
      if let last {
        let isOpen = lastPlace & (1 << Condition.cutInBlock.rawValue) != 0
        found.insert(.pauseInBlock, if: isOpen && time - last >= Self.heartbeatMilliseconds)
        found.insert(.longSilence, if: time - last >= Self.patienceMilliseconds)
      }
      found.insert(.longLife, if: time >= Self.patienceMilliseconds)
      last = time
      let body = transmission.bodyCount(before: end)
      lastPlace = body > 0 && body < sent ? places[body] : 0
    }
  }

  private func addEnd(
    _ delivery: Delivery, _ expectation: Expectation, _ found: inout ConditionSet
  ) {
    let sent = delivery.transmission.bodyCount(before: delivery.count)
    switch expectation.outcome {
    case .complete:
      found.insert(.complete)
      if sent == delivery.transmission.session.body.count { found.formUnion(conditions) }
      return
    case .httpError: found.insert(.brokenBeforeBody)
    case .failed: found.insert(.brokenInBody)
    }
    switch delivery.ending {
    case .finish, .keep, .cut: found.insert(.finished)
    case .reset: found.insert(.reset)
    case .stall: found.insert(.stalled)
    }
    guard conditions.contains(.eventStream) else { return }
    found.insert(.eventStream)
    found.insert(.afterBlock, if: borders.first.map { $0 <= sent } ?? false)
    found.insert(.afterDone, if: doneEnd.map { $0 <= sent } ?? false)
    guard expectation.outcome == .failed else { return }
    found.insert(.endsInBlock, if: places[sent] & (1 << Condition.cutInBlock.rawValue) != 0)
    found.insert(.endsInCharacter, if: places[sent] & (1 << Condition.cutInCharacter.rawValue) != 0)
    found.insert(.pauseInBlock, if: found.contains(.endsInBlock) && found.contains(.stalled))
  }
}
