internal import MockQwen
internal import ProxyUnderTest
public func trial() throws {
  for script in Script.all {
    for kind in StageKind.allCases {
      let clock = ContinuousClock()
      var r: StageResult?
      let d = try clock.measure { r = try Run<Exchange>(script.session).results(.standard, seed: 1, on: kind) }
      print(script.name, kind, r!.planCount, "failed", r!.failureCount, d, Double(r!.planCount) / (Double(d.components.seconds) + Double(d.components.attoseconds)/1e18), "/s")
      for f in r!.failures.prefix(2) { print("   ", f.plan, f.violations.first!) }
    }
  }
}
