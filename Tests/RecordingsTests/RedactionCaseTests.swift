// HTTP archives as people have them, with secrets where people have them and ordinary words beside them:
// what must be gone from the file that is written, and what must still be there.

import Foundation
import MockQwen
import Recordings
import TestSupport
import Testing
import Wire

@Suite struct RedactionCaseTests {
  static let folder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/Fixtures/redact/"

  /// A file, what may not be left of it, and what must stay.
  static let cases: [(file: String, secrets: [String], kept: [String])] = [
    (
      "1-headers",
      [
        "AbCd1234efgh5678", "goog0key0value0abc123", "0123456789abcdef0123456789abcdef",
        "PkValue0123456789",
        "LlValue0123456789", "IQoJb3JpZ2luX2VjSTSTOKEN01", "CAISACSSTSTOKEN0123456",
        "AcsSigValue0123456",
        "CaKeyValue01234567", "CaSigValue01234567", "CsrfValue01234567", "XsrfValue01234567",
        "TokValue01234567", "XTokValue01234567", "AzureValue0123456789", "CfAigValue012345",
        "HelValue01234567",
        "XAuthKeyVal01234", "1042", "AccTok0123456789", "XOaiValue01234567", "AnthVal01234567",
        "DsVal0123456789", "TenantTok01234567", "SessVal0123456789", "eyJhbGciOiJFUzI1NiJ9",
        "sig0sig0sig0",
        "ClSec0123456789", "SecKeyVal012345", "AccTok2_0123456",
      ], [#"["Authorization","Bearer [redacted]"]"#, "text/event-stream", "qwen-plus"]
    ),
    (
      "4-cookie", ["0a1b2c3d4e5f67890a1b2c3d4e5f6789"],
      ["Set the Http", "Only flag; cookies for dashscope.aliyuncs.com are HttpOnly."]
    ),
    (
      "5-schema", [],
      [
        #"\"type\": \"string\", \"description\": \"The password of the account\""#,
        #"\"enum\": [\"customer\", \"supplier\"]"#, #"\"description\": \"required field\""#,
        "Ask the customer or the supplier; The password of the account is needed. required field",
      ]
    ),
    (
      "6-code", [],
      [
        #"password: \\\"required\\\", token: \\\"x\\\", apiKey: \\\"process.env\\\""#,
        "password = getpass.getpass()", "if (password == expected) { secret = compute(); }",
        "function f(signature = defaultSignature) {}",
        "user_id = request.user.id; the default is required",
      ]
    ),
    (
      "7-userinfo",
      [
        "Passw0rd66", "QueryKey01234567", "QTok0123456789", "QSub0123456789", "QApp0123456789",
        "QAppSec0123456", "Passw0rd99", "AccTokRef0123456", "Passw0rd88", "Passw0rd77",
      ], ["internal.example", "see https://user:", "@host.example/"]
    ),
    (
      "8b-dashkey", ["plain77777777777", "abc0123456789", "plainvalue55555"],
      ["openai_api_key", "Ocp-Apim-Subscription-Key", "dashscope_api_key"]
    ),
  ]

  @Test(arguments: cases)
  func takesSecretsAndNothingElse(_ file: String, _ secrets: [String], _ kept: [String]) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)\(file).har")))
    let recordings = try importedSessions(
      bytes, file: "\(file).har", kind: .har, name: file
    ).recordings
    var recording = try #require(recordings.first)
    #expect(recordings.count == 1)
    Redactor().redact(&recording.session)
    let text = String(decoding: recording.written(), as: UTF8.self)
    for secret in secrets { #expect(!text.contains(secret), "\(secret) in \(text)") }
    for word in kept { #expect(text.contains(word), "\(word) not in \(text)") }
  }

  /// The key of an environment in a text, which begins with no letter that a list would name.
  @Test func takesTheValueOfAVariable() {
    var session = Script.all[0].session
    session.body = Array("data: {\"a\":\"set DASHSCOPE_API_KEY=plainvalue55555 first\"}\n\n".utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 1)]
    Redactor(takesIDs: false).redact(&session)
    #expect(
      String(decoding: session.body, as: UTF8.self)
        == "data: {\"a\":\"set DASHSCOPE_API_KEY=xxxxxxxxxxxxxxx first\"}\n\n")
  }

  @Test func tellsHowMuchWasRedactedWhere() {
    var session = Script.all[0].session
    session.request.fields.add("X-Api-Key", "AbCd1234efgh5678")
    session.request.target += "?token=AbCd1234efgh5679"
    session.body = Array("data: {\"a\":\"AbCd1234efgh5678 and AbCd1234efgh5679\"}\n\n".utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 1)]
    let findings = Redactor(takesIDs: false).redact(&session)
    #expect(
      Redactor.summary(of: findings)
        == "redacted 4: 1 in the target, 1 in request fields, 2 in the answer")
    #expect(Redactor.summary(of: []) == "nothing redacted")
  }
}
