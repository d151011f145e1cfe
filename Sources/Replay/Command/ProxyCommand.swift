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
    replay proxy runs the proxy that replay tests: clients use OpenAI's API, it sends their
    requests to a Qwen upstream with your key, and passes every event on as it came.

    Usage: replay proxy [--listen HOST:PORT] [--upstream URL] [OPTIONS]

    It prints its URL on one line and runs until Ctrl-C, SIGTERM or SIGHUP. POST /v1/chat/completions,
    /v1/completions and /v1/embeddings go upstream, and so does GET /v1/models (with its own list if
    the upstream has none); GET /health is answered at once. Web pages may call it (CORS).

      --listen HOST:PORT   where to listen; overrides HOST and PORT
      --upstream URL       where requests go; overrides QWEN_BASE_URL
      --ca FILE            trust the certificates in this PEM file too (https upstreams)
      --tls-cert FILE      serve https with this certificate (PEM, followed by its chain)
      --tls-key FILE       the certificate's key (PEM)

    Environment (an empty variable counts as not set; times are whole seconds):
      DASHSCOPE_API_KEY    the key sent upstream; never taken from the command line. Without it the
                           account files of QWEN_ACCOUNTS_DIR are used
      QWEN_BASE_URL        where requests go: the URL before /chat/completions
                           (https://dashscope.aliyuncs.com/compatible-mode/v1; for an account
                           file, the URL in it, else https://portal.qwen.ai/v1)
      QWEN_ACCOUNTS_DIR    the folder of oauth_creds.json or oauth_creds_NAME.json, as Qwen Code
                           writes them (~/.qwen)
      DEFAULT_ACCOUNT      the account that is used first: its NAME (the first by name; the one in
                           oauth_creds.json is called default)
      QWEN_TOKEN_URL       where tokens are refreshed (https://chat.qwen.ai/api/v1/oauth2/token)
      HOST                 the address to listen on (127.0.0.1: this machine only)
      PORT                 the port to listen on (0: any free one)
      API_KEY              keys of clients, separated by commas, one of which they must send as
                           Authorization: Bearer or X-API-Key (none: no key is needed)
      DEFAULT_MODEL        the model of completions without one (qwen3-coder-plus)
      STREAM               false answers a request for a stream with one JSON object (true)
      CONNECT_TIMEOUT      until the upstream's connection is open (10)
      FIRST_BYTE_TIMEOUT   from the request to the first byte of the answer's body (300)
      IDLE_TIMEOUT         from one byte of the answer to the next (240)
      TOTAL_TIMEOUT        from the request to the answer's last byte (0: as long as it takes)
      SEND_TIMEOUT         how long a client may take none of the bytes that wait for it (60)
      HEARTBEAT            silence after which a stream's client gets a comment (0: never)
      HALF_CLOSE           true still answers a client that has closed its sending side
      SSL_CERT_FILE, SSL_CERT_DIR   the certificates that are trusted, instead of the system's
      https_proxy, no_proxy         the proxy for https, and hosts that are reached directly
      DEBUG_STREAMING      true logs every fragment in and out with its offsets to standard error,
                           but never its bytes, a key or a field

    With several accounts one is used until it is over its quota, or its tokens are refused three
    times in a row; then the next is used. A request tries each once, and once more with a new token,
    before its answer begins; when all were refused, the client gets the last answer unchanged. New
    tokens are written to their file before they are used. Requests are counted by account and UTC day in
    QWEN_ACCOUNTS_DIR/replay_request_counts.json.

    On a signal (also SIGHUP, unless started by nohup) it accepts no more requests, and answers
    under way have 30 s to end; a second signal ends them at once. Log lines that
    nobody reads are dropped and counted.

    Slow clients have limits: a body may take 30 s plus one second for each KiB of it, a
    pipeline waits while its answers are not read, and with 1,024 clients the slowest is closed for
    the next one.

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
