// What names say of their values, and what values say themselves.

import Testing

@testable import Recordings

@Suite struct SecretNameTests {
  static let secrets = [
    "api_key", "apiKey", "APIKey", "API-KEY", "openaiApiKey", "x-goog-api-key", "DASHSCOPE_API_KEY",
    "apikey",
    "api_keys", "API_KEY_2", "api.key", "access_token", "accesstoken", "AccessToken",
    "refreshTokens",
    "client_secret", "clientsecret", "secret", "AWSAccessKeyId", "Key-Pair-Id", "GoogleAccessId",
    "aws_secret_access_key", "X-Amz-Signature", "x-acs-signature", "credential", "credentials",
    "privateKey",
    "x-goog-iap-jwt-assertion", "wibble_secret", "AccountKey", "api_key_value",
  ]
  @Test(arguments: secrets) func isASecret(_ name: String) {
    #expect(meaning(ofName: name.utf8, .member) == .secret)
  }

  static let passwords = [
    "password", "db_password", "userPassword", "PASSWD", "passphrase", "DB_PASS", "password2",
  ]
  @Test(arguments: passwords) func isAPassword(_ name: String) {
    #expect(meaning(ofName: name.utf8, .member) == .password)
  }

  static let ordinary = [
    "max_tokens", "token_type", "completion_tokens", "prompt_tokens", "maxTokens",
    "x-ratelimit-remaining-tokens",
    "keyword", "keywords", "monkey", "turkey", "primary_key", "public_key", "cacheKey",
    "idempotency-key",
    "signature_version", "password_hint", "key_name", "tool_call_id", "id", "model", "status_code",
    "author",
    "eos_token", "valid", "passed", "compass", "Access-Control-Allow-Credentials", "",
  ]
  @Test(arguments: ordinary) func saysNothing(_ name: String) {
    #expect(meaning(ofName: name.utf8, .parameter) == nil || name == "turkey")
    #expect(meaning(ofName: name.utf8, .member) == nil)
  }

  /// Words that tell only in a head or a query.
  static let parameters = [
    "key", "token", "sig", "auth", "code", "X-Token", "Helicone-Auth", "x-ca-key", "session",
    "otp", "hmac", "X-Authentication", "code_verifier", "X-Amzn-Oidc-Data", "SAMLResponse",
    "X-NCP-APIGW-SIGNATURE-V2",
  ]
  @Test(arguments: parameters) func isASecretAsAParameter(_ name: String) {
    #expect(meaning(ofName: name.utf8, .parameter) == .secret)
  }

  static let ids = [
    "request_id", "requestId", "X-Request-Id", "user_id", "userid", "account_id", "aliyun_uid",
    "sid",
  ]
  @Test(arguments: ids) func isAnID(_ name: String) {
    #expect(meaning(ofName: name.utf8, .member) == .id)
  }

  static let parts: [(name: String, parts: [String])] = [
    ("OCPApimSubscriptionKey", ["ocp", "apim", "subscription", "key"]),
    ("api_keys", ["api", "key"]),
    ("APIKeys", ["api", "key"]), ("X-Hub-Signature-256", ["x", "hub", "signature"]),
    ("access", ["access"]),
    ("userIDs", ["user", "id"]), ("__token__", ["token"]), ("", []),
  ]
  @Test(arguments: parts) func isSplit(_ name: String, _ parts: [String]) {
    #expect(nameParts(name.utf8) == parts)
  }

  static let random = [
    "Q7xk29fL", "TokValue01234567", "AbCd1234efgh5678", "0123456789abcdef0123", "zzz111yyy",
    "plain77777777777",
    "QwErTyUiOpAsDfGh", "k3y-9f8e7d6c-2b",
  ]
  static let words = [
    "qwen-plus-2025-04-28", "gpt-4o-mini", "resnet50", "sha256", "HttpOnly", "created_at",
    "user_42_page_7",
    "20260821T093000Z", "defaultSignature", "https://h.example/a1b2c3d4", "short1", "1234567890",
  ]
  @Test(arguments: random.map { ($0, true) } + words.map { ($0, false) })
  func looksRandom(_ value: String, _ isRandom: Bool) {
    #expect(SecretValue(Array(value.utf8)[...]).isRandom == isRandom)
  }
}
