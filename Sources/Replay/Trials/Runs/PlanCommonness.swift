// How common the conditions of a plan are with a model's upstream. Cuts and faults are common; trailers
// and quoted extensions hardly ever occur. A verdict tells how many failures are under rare conditions.

package import MockQwen

extension Plan {
  /// The parts of the plan that are rare with a model's upstream, in words; empty when all are common.
  package var rareParts: [String] {
    var parts: [String] = []
    if case .chunked(let dress) = framing {
      if dress.extensions { parts.append("chunk extensions") }
      if dress.trailers { parts.append("trailers") }
      if dress.zeros || dress.upper { parts.append("chunk sizes with zeros or capitals") }
    }
    if !anomalies.isSubset(of: [.hops]) || octet != nil { parts.append("odd heads and framing") }
    return parts
  }
}
