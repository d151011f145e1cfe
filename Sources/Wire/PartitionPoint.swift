extension RandomAccessCollection {
  /// The first index whose element is not `before`, found by binary search; the end when all are.
  /// All elements that are `before` must precede all that are not.
  @inlinable
  package func partitionPoint(_ before: (Element) -> Bool) -> Index {
    var (low, count) = (startIndex, self.count)
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if before(self[middle]) {
        low = index(after: middle)
        count -= half + 1
      } else {
        count = half
      }
    }
    return low
  }
}
