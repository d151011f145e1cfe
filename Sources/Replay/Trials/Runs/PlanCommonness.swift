// How common what a plan tries is from a model's upstream. Cuts and faults happen to everybody; trailers
// and quoted extensions hardly ever come from one. A verdict says how much of it is rare.

package import MockQwen

extension Plan {
  /// What of the plan is rare from a model's upstream, in words; empty where all of it is common.
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
