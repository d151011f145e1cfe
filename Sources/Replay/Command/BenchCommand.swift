// `replay bench`: the figures of docs/performance.md, measured again. It only prints: a slow machine is
// not a fault.

internal import Terminal

/// Measures the relay, the stages and the longest event; or the cost of streams.
struct BenchCommand: Command {
  static let name = "bench"
  static let summary = "measure the relay core and the stages, and print the figures"
  static let help = """
    Usage: replay bench [--flow [--tls]] [--page FILE]

    Prints how fast the relay core and the two stages run on this machine. Build with
    -c release, and close other programs. Each figure is the best of 5 runs, with the median.

      --flow   measure replay proxy instead, in a separate process: 1,000 streams at once with 20
               events per second each (lost and late events, the proxy's processor time and memory);
               200 clients that read 1 kB/s (its memory); clients that leave (how soon it closes
               the upstream). Takes half a minute; processor time and memory only on Linux
      --tls    with --flow: the upstream uses https
      --page FILE  also write the figures into a Markdown page such as docs/performance.md:
               between '\(MarkedPage.start("replay bench"))' and '\(MarkedPage.end)'

    Exit code: 0; 2 when the proxy did not start.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let measuresFlow = arguments.flag("--flow")
    if !measuresFlow { try arguments.refuse(["--tls"], because: "goes with --flow") }
    let isSecure = arguments.flag("--tls")
    let words = "replay bench" + (measuresFlow ? " --flow" : "") + (isSecure ? " --tls" : "")
    let page = try arguments.option("--page").map { try MarkedPage($0, for: words) }
    try arguments.finish()
    let console = context.console
    let table: Table
    if measuresFlow {
      let bench = FlowBench(environment: context.environment, isSecure: isSecure) {
        console.write($0)
      }
      table = try bench.run().table
    } else {
      table = try SpeedFigure.table(SpeedBench().run { console.write($0.line) })
    }
    try page?.write(table.markdown)
    return 0
  }
}
