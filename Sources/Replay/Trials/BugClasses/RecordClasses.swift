// Family C, last part: proxies whose upstream uses TLS, and how they handle its records.

internal import Judging
internal import Recordings
internal import Sockets

extension BugClass {
  static let recordClasses: [BugClass] = [
    BugClass(
      117, "tls-one-record-per-read", .transport,
      "It takes one read of the socket for one TLS record, and drops the records behind the first",
      picture: "record, record, record | record",
      symptom: "bytes are missing in the middle, or what follows is not a chunk",
      checks: [.blocks, .bytes, .end, .progress],
      threads: ["marianobarrios/tls-channel#25", "MDA2AV/ioxide#153"],
      exercisedBy: [[.recordsInOneWrite]]),
    BugClass(
      118, "tls-record-split", .transport,
      "It takes what one read of the socket brought for a whole TLS record",
      picture: "half a record | the other half",
      symptom: "the stream breaks off, though the upstream has sent it whole",
      checks: [.blocks, .bytes, .end],
      threads: ["h2o/picotls#477", "nmap/nmap#194"],
      exercisedBy: [[.recordOverWrites]]),
    BugClass(
      119, "tls-truncation-as-end", .transport,
      "It takes an end of the connection without `close_notify`, or an alert, for the end of a body "
        + "without framing",
      picture: "a body until the end of the connection | FIN without close_notify",
      symptom: "a cut answer looks whole",
      checks: [.end],
      threads: ["syslog-ng/syslog-ng#4280", "krb5/krb5#1196", "rustls/rustls#1327"],
      exercisedBy: [[.truncated, .untilClose], [.alerted, .untilClose]]),
    BugClass(
      120, "tls-pending-bytes", .transport,
      "It waits for its socket while decrypted bytes wait in the TLS layer",
      picture: "record, record in one write | nothing for a while",
      symptom: "an event comes with the one behind it, the last one at the end or never",
      checks: [.progress],
      threads: [
        "curl/curl#17601", "mtrojnar/stunnel#7", "cesanta/mongoose#47", "bumptech/stud#149",
        "envoyproxy/envoy#13234",
      ],
      exercisedBy: [[.recordsInOneWrite, .blocksInTwoReads]]),
    BugClass(
      121, "tls-records-joined", .transport,
      "It joins the data of TLS records until a buffer is full",
      picture: "a small record | 200 ms | a small record",
      symptom: "events come in clumps, at worst at the end",
      checks: [.progress],
      threads: ["confidential-dot-ai/c8s#140", "cantabular/tiny-ssl-reverse-proxy#28"],
      exercisedBy: [[.records, .blocksInTwoReads]]),
    BugClass(
      122, "tls-message-in-stream", .transport,
      "It does not expect a message of the handshake behind the handshake",
      picture: "record | KeyUpdate | record",
      symptom: "the stream breaks off, though the upstream goes on",
      checks: [.blocks, .end],
      threads: ["Mbed-TLS/mbedtls#10881", "haskell-tls/hs-tls#311"],
      exercisedBy: [[.messageInStream]]),
  ]
}
