// Family C, second part: connections, clients that leave or are slow, time, and repeated requests.

internal import Judging
internal import Recordings

extension BugClass {
  static let lifetimeClasses: [BugClass] = [
    BugClass(
      94, "keepalive-desync", .transport,
      "It uses a connection again although bytes of the answer before are still in it",
      picture: "a client leaves in mid-stream; the next one asks",
      symptom: "the next client gets the tail of somebody else's answer",
      checks: [.reuse, .mixing, .bytes],
      threads: [
        "scylladb/seastar#2768", "membrane/api-gateway#3187", "socketry/async-http#78",
        "oven-sh/bun#37438", "JustVugg/colibri#610",
      ],
      exercisedBy: [[.secondRequest, .extraBytes]]),
    BugClass(
      95, "cross-stream-mixup", .transport,
      "Streams share a buffer, a map or an error",
      picture: "64 streams at once, each with tokens of its own",
      symptom: "the words or errors of another user",
      checks: [.mixing],
      threads: [
        "FlowiseAI/Flowise#3474", "mock-server/mockserver-monorepo#2667", "http-kit/http-kit#361",
        "cline/cline#13218",
      ],
      exercisedBy: [[.parallel]]),
    BugClass(
      96, "out-of-order", .transport,
      "Several workers or writers send the events of one stream",
      picture: "numbered events without a pause",
      symptom: "scrambled words",
      checks: [.blocks],
      threads: [
        "mudler/LocalAGI#483", "Andyyyy64/openTiger#55", "tmaxmax/go-sse#18",
        "GoogleContainerTools/skaffold#6064",
      ],
      exercisedBy: [[.manyBlocks, .blocksInOneRead]]),
    BugClass(
      97, "first-event-lost-race", .transport,
      "The first event comes before it listens, or is eaten by a look for errors",
      picture: "head and first event in one segment",
      symptom: "the first token is missing, or comes twice",
      checks: [.blocks],
      threads: ["scaleapi/scale-agentex#330", "mnfst/llm-gateway#2072", "burncloud/burncloud#351"],
      exercisedBy: [[.blockWithHead]]),
    BugClass(
      98, "late-headers", .transport,
      "It holds the response head until the first token",
      picture: "head | 20 s | data: A\\n\\n",
      symptom: "the client gives up waiting for a head",
      checks: [.headtime],
      policy: "the head may wait for the first byte of the body, to keep the status of an error",
      threads: [
        "apache/maka#1175", "QuantumNous/new-api#7130", "MetaFARS/codex-relay#40",
        "router-for-me/CLIProxyAPI#4280",
      ],
      exercisedBy: [[.cutBehindHead]]),
    BugClass(
      99, "coarse-flush", .transport,
      "It flushes by a timer or by the block, and not by the event",
      picture: "twenty events a second",
      symptom: "one update a second, tool calls in one lump",
      checks: [.progress],
      threads: ["bricks-cloud/BricksLLM#23", "seaavey/SRouter#104", "odradev/odra#624"],
      exercisedBy: [[.blocksInTwoReads]]),
    BugClass(
      100, "nagle-delay", .transport,
      "It does not set TCP_NODELAY, and small writes wait for acknowledgements",
      picture: "head | event | event, to a client that acknowledges late",
      symptom: "40 ms more for every event",
      checks: [.progress],
      threads: [
        "pegainfer-project/pegainfer#23", "scylladb/seastar#968", "MaterializeInc/materialize#326",
      ],
      exercisedBy: [[.blocksInTwoReads]]),
    BugClass(
      101, "disconnect-not-cancelled", .transport,
      "It reads the upstream to its end although the client is gone",
      picture: "two events, then the client closes or resets",
      symptom: "tokens are paid for that nobody reads",
      checks: [.cancel],
      threads: [
        "BerriAI/litellm#13774", "BerriAI/litellm#30245", "BerriAI/litellm#31499",
        "1rgs/claude-code-proxy#114",
      ],
      exercisedBy: [[.clientLeft]]),
    BugClass(
      102, "abort-leaks", .transport,
      "Connections, tasks or places in a pool are not given back when a client aborts",
      picture: "a thousand clients that abort",
      symptom: "too many open files, and then nothing works",
      checks: [.leftovers],
      threads: [
        "opensandbox-group/OpenSandbox#1488", "http-party/node-http-proxy#158",
        "nhumrich/small-prox#9", "icing/mod_h2#232",
      ],
      exercisedBy: [[.clientLeft]]),
    BugClass(
      103, "backpressure-memory", .transport,
      "It reads at full speed for a slow client, and queues without a limit",
      picture: "200 MB to a client that does not read",
      symptom: "memory grows to the size of the answer",
      checks: [.memory],
      threads: [
        "MAXeaglet/commandcode-proxy#20", "anomalyco/opencode#16697",
        "OpenCTI-Platform/opencti#13908", "swift-server/async-http-client#332",
      ],
      exercisedBy: [[.slowClient]]),
    BugClass(
      104, "slow-client-drop", .transport,
      "It drops events when the queue of a slow client is full",
      picture: "200 MB to a client that reads late",
      symptom: "holes in the text",
      checks: [.blocks],
      threads: ["anomalyco/opencode#19423"],
      exercisedBy: [[.slowClient]]),
    BugClass(
      105, "total-timeout-kills-stream", .transport,
      "A timeout for the whole request ends a stream that is alive",
      picture: "an event a second for some minutes",
      symptom: "cut at 30, 60, 120 or 300 s sharp",
      checks: [.liveness],
      threads: [
        "adolfousier/opencrabs#1678", "inference-gateway/inference-gateway#427",
        "astaxie/TokenHub#106", "cloudwego/eino-ext#858",
      ],
      exercisedBy: [[.complete, .longLife]]),
    BugClass(
      106, "idle-timeout-kills-thinking", .transport,
      "Its patience with silence is shorter than thinking takes",
      picture: "65 s of silence, then data: A\\n\\n",
      symptom: "a 504, or a cut",
      checks: [.liveness],
      threads: [
        "youssefvdel/qwengate#43", "MAXeaglet/commandcode-proxy#19", "BerriAI/litellm#34819",
        "timothy-agent/timothy#669",
      ],
      exercisedBy: [[.complete, .longSilence]]),
    BugClass(
      107, "stall-never-detected", .transport,
      "It waits for ever for an upstream that has fallen silent",
      picture: "two events, then silence on an open connection",
      symptom: "a hang",
      checks: [.liveness],
      threads: ["open-octo/octo-agent#146", "digitallyinduced/haskell-agent#617"],
      exercisedBy: [[.stalled]]),
    BugClass(
      108, "drip-feed-unbounded", .transport,
      "A byte or a comment now and then keeps it waiting for ever",
      picture: ": every 5 s, and no data",
      symptom: "a hang in spite of a timeout",
      checks: [.liveness],
      threads: ["QwenLM/qwen-code#8602", "NousResearch/hermes-agent#80701"],
      exercisedBy: [[.barren]]),
    BugClass(
      109, "headers-already-sent-crash", .transport,
      "Its error path sets a status when the head has long been sent",
      picture: "one event, then a reset",
      symptom: "the handler dies, and no error event comes",
      checks: [.end, .framing],
      threads: ["punkpeye/mcp-proxy#74", "datum-cloud/datum.net#1453", "google/adk-go#508"],
      exercisedBy: [[.brokenInBody, .afterBlock, .reset]]),
    BugClass(
      110, "reset-crashes-process", .transport,
      "An error of a connection that nobody handles ends the process",
      picture: "a reset before the head, behind it, or inside a chunk",
      symptom: "all streams die",
      checks: [.survival, .liveness],
      threads: [
        "unjs/httpxy#79", "openclaw/openclaw#86751", "http-party/node-http-proxy#579",
        "munmunjaklin458-afk/cline-pass-switcher#1",
      ],
      exercisedBy: [[.reset, .parallel]]),
    BugClass(
      111, "refresh-stampede", .transport,
      "Requests that get a 401 at the same time each refresh the token",
      picture: "20 requests at once, each answered by 401",
      symptom: "all but one refresh fails, and the account is logged out",
      checks: [.posts],
      threads: [
        "librefang/librefang#3625", "raine/claude-code-proxy#42", "openclaw/openclaw#87421",
        "anomalyco/opencode#49439",
      ],
      exercisedBy: [[.unauthorizedFirst, .parallel]]),
    BugClass(
      112, "retry-empty-body", .transport,
      "It asks again with an empty body or the old token",
      picture: "401 to the first request; the second is looked at",
      symptom: "a 400, or 401 without end",
      checks: [.request],
      threads: [
        "thomaslazar/abs-cli#89", "base44/cli#250", "emdash-cms/emdash#2556",
        "jackmusick/bifrost#17",
      ],
      exercisedBy: [[.unauthorizedFirst]]),
    BugClass(
      113, "post-replayed-dead-connection", .transport,
      "It sends a POST again when the connection died, though the upstream may have begun",
      picture: "the request is read, then the connection closes without a byte",
      symptom: "two answers are computed and paid for",
      checks: [.posts],
      threads: [
        "BerriAI/litellm#34830", "cloudflare/pingora#979", "praxis-proxy/praxis#1196",
        "pleaseai/shunt#126",
      ],
      exercisedBy: [[.brokenBeforeBody, .finished], [.brokenBeforeBody, .reset]]),
    BugClass(
      114, "half-close-as-disconnect", .transport,
      "It takes a client that closes its sending side for one that is gone, or the other way round",
      picture: "the client sends its request and FIN, and keeps reading",
      symptom: "the stream is cancelled",
      checks: [.end, .cancel],
      policy: "a FIN is taken for leaving, as nginx and Go do",
      threads: [
        "envoyproxy/envoy#2066", "httpwg/http-core#22", "MDA2AV/ioxide#164",
        "apple/containerization#323",
      ],
      exercisedBy: [[.halfClosed]]),
    BugClass(
      115, "shutdown-truncates", .transport,
      "When it is stopped it cuts live streams without a word, or never ends",
      picture: "SIGTERM in mid-stream",
      symptom: "short answers with clean ends",
      checks: [.blocks, .end],
      threads: [
        "modelcontextprotocol/python-sdk#2239", "simonstaton/AgentManager#97",
        "veryfront/veryfront-code#2898",
      ],
      exercisedBy: [[.stopping, .complete]]),
  ]
}
