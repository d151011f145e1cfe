// `replay proxy`.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Runs the proxy.
struct ProxyCommand: Command {
  static let name = "proxy"
  static let summary = "run the proxy between OpenAI clients and a Qwen upstream"
  static let help = """
    replay proxy runs the proxy that replay tests: clients speak OpenAI's API to it, it sends their
    requests to a Qwen upstream with your key, and hands every event on as it came.

    Usage: replay proxy [--listen HOST:PORT] [--upstream URL] [OPTIONS]

    It prints its URL on one line and runs until Ctrl-C, SIGTERM or SIGHUP. POST /v1/chat/completions,
    /v1/completions and /v1/embeddings go upstream, GET /v1/models too (with a list of its own where
    the upstream has none); GET /health is answered at once. Web pages may call it (CORS).

      --listen HOST:PORT   where to listen; goes before HOST and PORT
      --upstream URL       where requests go; goes before QWEN_BASE_URL
      --ca FILE            trust the certificates in this PEM file too (https upstreams)
      --tls-cert FILE      serve https with this certificate (PEM, its chain behind it)
      --tls-key FILE       the certificate's key (PEM)

    Environment (an empty variable counts as not set; times are whole seconds):
      DASHSCOPE_API_KEY    the key sent upstream; never taken from the command line. Without it the
                           account files of QWEN_ACCOUNTS_DIR are used
      QWEN_BASE_URL        where requests go: the URL before /chat/completions
                           (https://dashscope.aliyuncs.com/compatible-mode/v1; for an account
                           file the place that it names, else https://portal.qwen.ai/v1)
      QWEN_ACCOUNTS_DIR    the folder of oauth_creds.json or oauth_creds_NAME.json, as Qwen Code
                           leaves them (~/.qwen)
      DEFAULT_ACCOUNT      the account that is used first: its NAME (the first by name; the one in
                           oauth_creds.json is called default)
      QWEN_TOKEN_URL       where tokens are refreshed (https://chat.qwen.ai/api/v1/oauth2/token)
      HOST                 the address to listen on (127.0.0.1: this machine only)
      PORT                 the port to listen on (0: any free one)
      API_KEY              keys that clients may show, with commas between them, as
                           Authorization: Bearer or X-API-Key (none: everybody may ask)
      DEFAULT_MODEL        the model of completions that name none (qwen3-coder-plus)
      STREAM               false answers a request for a stream with one JSON (true)
      CONNECT_TIMEOUT      until the upstream's connection stands (10)
      FIRST_BYTE_TIMEOUT   from the request to the first byte of the answer's body (300)
      IDLE_TIMEOUT         from one byte of the answer to the next (240)
      TOTAL_TIMEOUT        from the request to the answer's last byte (0: as long as it takes)
      SEND_TIMEOUT         while bytes wait for a client that takes none of them (60)
      HEARTBEAT            silence after which a stream's client gets a comment (0: never)
      HALF_CLOSE           true lets a client that has closed its sending side get its answer
      SSL_CERT_FILE, SSL_CERT_DIR   the certificates that are trusted, instead of the system's
      https_proxy, no_proxy         the proxy that https goes through, and hosts without it
      DEBUG_STREAMING      true notes every fragment in and out with its offsets, on the errors;
                           never its bytes, a key or a field

    With several accounts one is used until it is over its quota, or its tokens are refused three
    times in a row; then the next. A request tries each once, and with a new token once more, before
    its answer begins; when all have refused it, the client gets the last answer unchanged. New
    tokens are in their file before they are used. Requests are counted by account and UTC day in
    QWEN_ACCOUNTS_DIR/replay_request_counts.json.

    On a signal (SIGHUP too, unless nohup has started it) no request is taken any more, and answers
    under way may end within 30 s; a second signal ends them at once. Lines on the errors that
    nobody reads are dropped and counted.

    Clients that are slow have limits: a body may take 30 s and a second more for each KiB of it, a
    pipeline waits while its answers are not read, and with 1,024 clients the slowest goes for the
    next one.

    Examples:
      replay mock --listen 127.0.0.1:9000
      DASHSCOPE_API_KEY=any QWEN_BASE_URL=http://127.0.0.1:9000/compatible-mode/v1 \\
        PORT=8080 replay proxy

      curl -N http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\
        -d '{"model":"qwen-plus","messages":[{"role":"user","content":"Hello"}],"stream":true}'

    Exit codes: 0 ended by a signal, 2 could not run (port in use, variable missing or wrong).
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let place = try arguments.listenPlace()
    let upstream = try arguments.option("--upstream")
    let tls = try arguments.tlsSettings(context.environment)
    let identity = try arguments.identity("--tls-cert", "--tls-key")
    try arguments.finish()
    let setup = try ProxySetup(
      environment: context.environment, listen: place, upstream: upstream)
    for upstream in setup.accounts?.accounts.map(\.upstream) ?? [setup.settings.upstream] {
      try tls.expect(upstream)
    }
    var loop = try ServerLoop(ProxyService(setup), on: setup.place, as: identity, tls: tls)
    let console = ServerConsole(context.console)
    let url = setup.place.url(port: loop.port, path: "/v1", isSecure: identity != nil)
    console.write("replay proxy listening on \(url)")
    console.warn(Self.greeting(setup))
    loop.run { console.warn($0) }
    console.finish()
    return 0
  }

  /// Where requests go, and with which accounts.
  private static func greeting(_ setup: ProxySetup) -> String {
    guard let accounts = setup.accounts else { return "requests go to \(setup.settings.upstream)" }
    let list = accounts.accounts.map { "\(printable($0.name)) (\($0.upstream))" }
    let first = accounts.first ?? accounts.accounts.first?.name ?? ""
    return "accounts of \(accounts.folder): \(list.joined(separator: ", ")); "
      + "first \(printable(first))"
  }
}
