// Which proxy core runs, by the name that `--core` takes.

/// The core with a name: `embedded`, or a canary's.
func proxyCore(named name: String) throws -> any ProxyCore.Type {
  if name == CrashFile.embedded { return TalliedExchange.self }
  if let canary = Canary.named(name) { return canary.core }
  guard let canary = CanaryName(rawValue: name) else {
    let known = CanaryName.allCases.map(\.rawValue).joined(separator: ", ")
    throw UsageError(
      "--core does not know '\(name)'; it takes embedded, \(known), or the "
        + "name of a canary, as replay canaries lists them")
  }
  return canary.core
}
