// Family B, second part: errors before and inside a stream, and how a proxy handles them.

internal import Judging
internal import Recordings

extension BugClass {
  static let errorClasses: [BugClass] = [
    BugClass(
      59, "inband-error-swallowed", .answers,
      "It passes over an error event inside a stream whose head said 200",
      picture: #"data: {"error":{"code":"rate_limit"}}\n\n, or event:error"#,
      symptom: "a short or empty answer that looks like a success",
      checks: [.blocks],
      threads: [
        "NousResearch/hermes-agent#86496", "diegosouzapw/OmniRoute#8210",
        "apache/rocketmq-dashboard#2178", "farzaa/clicky#132", "MAXeaglet/commandcode-proxy#9",
      ],
      exercisedBy: [[.inbandError]]),
    BugClass(
      60, "inband-error-wrong-frame", .answers,
      "It drops lines that are not a field of an event stream, and an error that stands in one",
      picture: #"error: {"code":500}\n\n, or {"error":{}}\n as a line of its own"#,
      symptom: "the stream just ends",
      checks: [.blocks],
      threads: ["ggml-org/llama.cpp#16109", "lucasjinreal/Crane#121", "googleapis/js-genai#1973"],
      exercisedBy: [[.foreignLine]]),
    BugClass(
      61, "pre-stream-error-as-200", .answers,
      "It has said 200 before it knows what the upstream says",
      picture: "HTTP/1.1 429 Too Many Requests, with a JSON body",
      symptom: "a 200 with an error's text, or an empty stream",
      checks: [.head],
      threads: [
        "openclaw/clawrouter#101", "inference-gateway/inference-gateway#578",
        "azrtydxb/Fastllm-proxy#28", "tinyhumansai/openhuman#3588",
      ],
      exercisedBy: [[.errorStatus], [.brokenBeforeBody]]),
    BugClass(
      62, "mid-stream-failure-silent", .answers,
      "It ends a stream that the upstream broke off like one that is whole, without a word",
      picture: "three events, then a reset or an early end",
      symptom: "a short answer and no sign",
      checks: [.end],
      threads: [
        "open-webui/open-webui#29628", "jwadow/kiro-gateway#268", "true-async/server#171",
      ],
      exercisedBy: [[.brokenInBody, .afterBlock]]),
    BugClass(
      63, "error-status-rewritten", .answers,
      "It makes a 500 or 502 of the upstream's status, or replaces its body",
      picture: "HTTP/1.1 401, 403 or 429 with a JSON body",
      symptom: "clients retry what they should not, and the other way round",
      checks: [.head, .bytes],
      threads: ["dtzp555-max/ocp#481", "archestra-ai/archestra#6808"],
      exercisedBy: [[.errorStatus]]),
    BugClass(
      64, "retry-after-dropped", .answers,
      "It does not pass on `Retry-After` or the rate limit fields",
      picture: "HTTP/1.1 429 with Retry-After: 30",
      symptom: "clients come back too early or too late",
      checks: [.head],
      threads: [
        "BerriAI/litellm#21553", "BerriAI/litellm#37767", "api7/aisix#144",
        "majiayu000/litellm-rs#833",
      ],
      exercisedBy: [[.errorStatus, .retryAfter]]),
    BugClass(
      65, "error-class-by-text", .answers,
      "It knows errors by words in the text, and finds them in answers",
      picture: #"data: {…"content":"rate limit exceeded, quota"}\n\n"#,
      symptom: "a good stream is aborted, or an account is put aside",
      checks: [.blocks, .end],
      threads: ["lidge-jun/opencodex#57", "can1357/oh-my-pi#8496"],
      exercisedBy: [[.errorWords]]),
    BugClass(
      66, "retry-duplicates-content", .answers,
      "It asks again when a stream breaks off, and sends the whole second answer behind the first",
      picture: "three events, a reset; the next request gets the full answer",
      symptom: "`HelHello`, two openings in one stream",
      checks: [.request, .blocks],
      threads: [
        "aden-hive/hive#6541", "livekit/agents-js#2477", "mnfst/llm-gateway#2072",
        "zirkelc/ai-retry#51", "NuGuardAI/nuguard#455",
      ],
      exercisedBy: [[.brokenInBody, .afterBlock]]),
    BugClass(
      67, "rotation-mid-stream", .answers,
      "It changes the account inside a stream, or sends one account's token to another's address",
      picture: "two events, then event:error with a 429; another account would answer",
      symptom: "two answers mixed into one",
      checks: [.request],
      threads: ["lidge-jun/opencodex#2568", "lidge-jun/opencodex#2590", "openclaw/openclaw#9092"],
      exercisedBy: [[.inbandError]]),
    BugClass(
      68, "event-forwarded-twice", .answers,
      "Two paths of its code write the same event",
      picture: #"data: A\n\n"#,
      symptom: "every token is doubled",
      checks: [.blocks],
      threads: [
        "LuthienResearch/luthien-proxy#61", "lidge-jun/opencodex#18", "adaline/gateway#26",
      ],
      exercisedBy: [[.eventStream, .complete]]),
    BugClass(
      69, "dedup-drops-repeats", .answers,
      "It drops a delta that is equal to the one before, as a stutter",
      picture: #"{"content":"6"} | {"content":"6"} | {"content":"6"}"#,
      symptom: "`6666666666` becomes `666`",
      checks: [.blocks],
      threads: ["Quorinex/Kiro-Go#138", "QwenLM/qwen-code#3896"],
      exercisedBy: [[.equalNeighbours]]),
    BugClass(
      70, "cumulative-as-delta", .answers,
      "It takes frames that repeat the text so far for deltas, and adds them up, or cuts deltas "
        + "that only look so",
      picture: #"{"content":"I"} | {"content":"I am"} | {"content":"I am Qwen"}"#,
      symptom: "`II amI am Qwen`",
      checks: [.blocks],
      threads: [
        "QwenLM/qwen-code#3896", "CherryHQ/cherry-studio#833", "continuedev/continue#4105",
      ],
      exercisedBy: [[.growingText]]),
    BugClass(
      71, "non-sse-body-on-stream", .answers,
      "It expects an event stream, and gets JSON or HTML with a 200",
      picture: "HTTP/1.1 200 OK, Content-Type: application/json",
      symptom: "an empty stream, a hang or a crash",
      checks: [.bytes, .head, .end],
      threads: [
        "headroomlabs-ai/headroom#2622", "microsoft/foundry-local#422", "shuv1337/oc-web#143",
        "quangdang46/openproxy#306",
      ],
      exercisedBy: [[.complete, .otherBody]]),
  ]
}
