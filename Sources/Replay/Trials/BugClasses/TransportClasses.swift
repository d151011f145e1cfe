// Family C, first part: when bytes are sent, what heads hold, and how bodies are framed.

internal import Judging
internal import Recordings
internal import Sockets

extension BugClass {
  static let transportClasses: [BugClass] = [
    BugClass(
      72, "whole-body-buffering", .transport,
      "It collects the body, or a block of fixed size, before it writes",
      picture: "event | 200 ms | event | 200 ms | event",
      symptom: "all comes at once at the end, and memory holds the whole body",
      checks: [.progress],
      threads: [
        "NVIDIA/OpenShell#261", "BerriAI/litellm#22073", "ArcReel/ArcReel#2445",
        "vllm-project/vllm#15593", "CopilotKit/aimock#125",
      ],
      exercisedBy: [[.blocksInTwoReads]]),
    BugClass(
      73, "anti-buffer-headers", .transport,
      "It does not set, or takes away, the fields that keep others from buffering",
      picture: "an event stream behind nginx or a CDN",
      symptom: "no streaming as soon as something stands in front",
      checks: [.head],
      threads: [
        "mostlygeek/llama-swap#236", "BerriAI/litellm#29557", "ChronoAIProject/NyxID#1206",
        "ggml-org/llama.cpp#24774",
      ],
      exercisedBy: [[.eventStream, .complete]]),
    BugClass(
      74, "gzip-buffering", .transport,
      "It compresses the stream for the client, and holds bytes until a block is full",
      picture: "Accept-Encoding: gzip from the client, then slow events",
      symptom: "events come late, at worst at the end",
      checks: [.progress],
      threads: [
        "tower-rs/tower-http#419", "Kludex/starlette#2753", "expressjs/compression#17",
        "tiann/hapi#1231",
      ],
      exercisedBy: [[.eventStream, .blocksInTwoReads]]),
    BugClass(
      75, "gzip-upstream-not-decoded", .transport,
      "It lets the upstream compress, and parses the compressed bytes",
      picture: "Content-Encoding: gzip, one flush an event",
      symptom: "garbage, no events, a timeout",
      checks: [.bytes, .coding],
      threads: [
        "Wei-Shaw/claude-relay-service#1027", "epam/ai-dial-core#1646", "vm0-ai/vm0#8903",
        "btubbs/sseclient#27",
      ],
      exercisedBy: [[.contentCoding]]),
    BugClass(
      76, "content-encoding-mismatch", .transport,
      "It decodes the body and keeps `Content-Encoding`, or the other way round",
      picture: "Content-Encoding: gzip to a client with and without Accept-Encoding",
      symptom: "the client cannot decode",
      checks: [.coding],
      threads: [
        "freelensapp/freelens-ai-extension#272", "qualixar/superlocalmemory#79",
        "actix/examples#151", "Merit-Systems/x402scan#386",
      ],
      exercisedBy: [[.contentCoding]]),
    BugClass(
      77, "content-length-kept", .transport,
      "It copies the upstream's `Content-Length` to a body that is streamed or changed",
      picture: "an event stream with Content-Length",
      symptom: "the body is cut, or the client waits for bytes that never come",
      checks: [.head, .framing],
      threads: [
        "sgl-project/sglang#27523", "braintrustdata/braintrust-proxy#1124",
        "http-party/node-http-proxy#1597", "abhinavsingh/proxy.py#1039",
      ],
      exercisedBy: [[.length]]),
    BugClass(
      78, "cl-te-conflict", .transport,
      "It accepts a response with both `Content-Length` and `Transfer-Encoding`, or with two lengths",
      picture: "Content-Length: 5 beside Transfer-Encoding: chunked",
      symptom: "responses that others read differently, up to smuggling",
      checks: [.head, .framing, .end],
      policy: "such a response is refused with a 502",
      threads: [
        "envoyproxy/envoy#9016", "dotnet/yarp#1220", "freeunitorg/freeunit#113",
        "enghitalo/vanilla#110",
      ],
      exercisedBy: [[.lengthConflict]]),
    BugClass(
      79, "duplicate-transfer-encoding", .transport,
      "It copies the upstream's `Transfer-Encoding: chunked` beside its own",
      picture: "an ordinary chunked response",
      symptom: "two fields; strict clients and nginx answer 502",
      checks: [.framing, .head],
      threads: [
        "haga-rak/fluxzy.core#615", "tallarium/reverse_proxy_plug#187", "nginx/nginx#304",
        "envoyproxy/envoy#11916",
      ],
      exercisedBy: [[.chunked]]),
    BugClass(
      80, "hop-by-hop-copied", .transport,
      "It copies fields that are for one connection only",
      picture: "Connection: close, X-Hop | X-Hop: 1 | Keep-Alive: timeout=5",
      symptom: "an early close, or a body that is not framed as its head says",
      checks: [.head, .framing],
      threads: [
        "slogsdon/elixir-reverse-proxy#8", "fabric8io/fabric8#1428",
        "mitre/HTTP-Proxy-Servlet#167",
      ],
      exercisedBy: [[.chunkTrailers], [.hopFields]]),
    BugClass(
      81, "chunk-extension", .transport,
      "It refuses a chunk extension, or takes it for a part of the size",
      picture: #"1a;ieof="a\;b"\r\n"#,
      symptom: "a 502, or garbage",
      checks: [.blocks, .bytes],
      threads: [
        "Field-of-Dream-Studio/hotaru#31", "haxetink/tink_http#146", "tokiwa-software/fuzion#7018",
      ],
      exercisedBy: [[.chunkExtensions]]),
    BugClass(
      82, "chunk-framing-leak", .transport,
      "Sizes and line ends of chunks get into the body",
      picture: #"0000A\r\n, a\r\n, A\r\n"#,
      symptom: "lines such as `1f3` among the events",
      checks: [.blocks, .bytes],
      threads: [
        "shd101wyy/Yo#350", "espressif/arduino-esp32#3656", "soywiz-archive/korio#150",
      ],
      exercisedBy: [[.chunkSizeSpelling]]),
    BugClass(
      83, "chunk-size-line-split", .transport,
      "It reads a size line that a read has cut as a shorter number",
      picture: #"1 | 0\r\n and sixteen bytes"#,
      symptom: "the body is out of step, or cut",
      checks: [.blocks, .bytes],
      threads: [
        "benoitc/hackney#912", "cosimo/perl6-lwp-simple#29", "http-rs/async-h1#195",
      ],
      exercisedBy: [[.cutInChunkSize]]),
    BugClass(
      84, "chunk-final-crlf-split", .transport,
      "It leaves the line end behind a chunk, or behind the last one, in the connection",
      picture: #"0\r\n\r | \n"#,
      symptom: "the next response on that connection is broken",
      checks: [.blocks, .bytes],
      threads: ["http-kit/http-kit#361"],
      exercisedBy: [[.cutInChunkEnd], [.cutInLastChunk]]),
    BugClass(
      85, "chunk-trailers", .transport,
      "It takes trailer fields for body, or for the next response",
      picture: #"0\r\nX-Usage: 5\r\n\r\n"#,
      symptom: "the body is cut or longer, or the connection is out of step",
      checks: [.blocks, .bytes, .end],
      threads: [
        "freeunitorg/freeunit#106", "sozu-proxy/sozu#899", "sbogomolov/reflector-cpp#33",
        "oven-sh/bun#36068",
      ],
      exercisedBy: [[.chunkTrailers]]),
    BugClass(
      86, "premature-eof-as-success", .transport,
      "It takes the end of the connection for the end of the body, though the framing says otherwise",
      picture: #"5\r\ndata:, then FIN"#,
      symptom: "half an answer with a clean end",
      checks: [.end],
      threads: [
        "nodejs/undici#5273", "h2o/h2o#1031", "stephenberry/glaze#2685",
        "openclaw/openclaw#88052", "Effect-TS/effect-smol#2441",
      ],
      exercisedBy: [[.brokenInBody, .finished]]),
    BugClass(
      87, "chunk-size-abuse", .transport,
      "It accepts sizes that are none: overflows, signs, prefixes, a bare LF",
      picture: #"FFFFFFFFFFFFFFFFF\r\n, +5\r\n, 0x10\r\n, 5\n"#,
      symptom: "connections out of step, smuggling, huge allocations",
      checks: [.end],
      policy: "such a chunk breaks the response, and the stream ends with an error event",
      threads: [
        "golang/go#71988", "h2o/picohttpparser#78", "nurl-lang/nurl#91", "apache/pekko-http#1290",
      ],
      exercisedBy: [[.badChunkSize]]),
    BugClass(
      88, "http10-close-delimited", .transport,
      "It fails on a body that only the connection's end ends",
      picture: #"HTTP/1.0 200 OK\r\n\r\ndata: A\n\n, then FIN"#,
      symptom: "an empty body, a crash, or a stream that is collected",
      checks: [.blocks, .progress, .end],
      threads: [
        "qpoint-io/qtap#314", "mirage/ocaml-cohttp#229", "apple/swift-nio#997",
        "saucelabs/forwarder#154",
      ],
      exercisedBy: [[.complete, .untilClose]]),
    BugClass(
      89, "chunked-to-http10-client", .transport,
      "It answers an HTTP/1.0 client in chunks",
      picture: "POST /v1/chat/completions HTTP/1.0",
      symptom: "chunk sizes in the body",
      checks: [.framing, .head],
      threads: [
        "http-party/node-http-proxy#125", "lalinsky/dusty#193", "diennea/carapaceproxy#346",
        "me-no-dev/ESPAsyncWebServer#1315",
      ],
      exercisedBy: [[.oldClient]]),
    BugClass(
      90, "interim-1xx-as-final", .transport,
      "It takes `100 Continue` or `103 Early Hints` for the answer",
      picture: #"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK"#,
      symptom: "an empty answer, and a connection out of step",
      checks: [.head, .blocks],
      threads: ["dotnet/corefx#31413", "envoyproxy/envoy#11433", "benoitc/gunicorn#3374"],
      exercisedBy: [[.interimHeads]]),
    BugClass(
      91, "head-and-no-body-status", .transport,
      "It waits for the body of an answer that has none, or sends one",
      picture: "HEAD /v1/models; a 204 that says chunked",
      symptom: "a hang, or a connection out of step",
      checks: [.end, .framing],
      threads: [
        "apache/trafficserver#271", "valyala/fasthttp#1824", "lalinsky/dusty#158",
        "apple/swift-nio#298",
      ],
      exercisedBy: [[.headRequest], [.noBodyStatus]]),
    BugClass(
      92, "cors-preflight", .transport,
      "It asks OPTIONS for a key or sends it upstream, or doubles the CORS fields",
      picture: "OPTIONS /v1/chat/completions with an Origin",
      symptom: "browser clients fail",
      checks: [.head, .request],
      threads: [
        "NousResearch/hermes-agent#104104", "tmustier/pi-for-excel#555",
        "mostlygeek/llama-swap#77", "decolua/9router#3215",
      ],
      exercisedBy: [[.preflight]]),
    BugClass(
      93, "redirect-mishandled", .transport,
      "It follows a redirect, and loses the method, the body or the key on the way, or leaks the key",
      picture: "HTTP/1.1 302 Found, Location: /elsewhere",
      symptom: "a 401 or 405, or a token in the wrong hands",
      checks: [.request, .head],
      policy: "a redirect is passed on, not followed",
      threads: [
        "ranxianglei/billion-context#664", "sigbit/mcp-auth-proxy#115", "BerriAI/litellm#11946",
        "letta-ai/letta#3189",
      ],
      exercisedBy: [[.redirectStatus]]),
  ]
}
