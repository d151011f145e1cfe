// Names of secrets, and the ways to write a name with a value, for the self-test. The names come from
// public services and everyday programs; a few are in no list.

internal import MockQwen
internal import Wire

/// Ways to write a name and a value.
enum PlantedNames {
  /// Names of header fields.
  static let fields = [
    "Authorization", "Proxy-Authorization", "X-Api-Key", "api-key", "x-goog-api-key",
    "X-DashScope-Api-Key",
    "Ocp-Apim-Subscription-Key", "x-portkey-api-key", "x-litellm-api-key", "X-Amz-Security-Token",
    "x-acs-security-token", "x-acs-signature", "x-ca-key", "x-ca-signature", "X-CSRF-Token",
    "X-Token", "Token",
    "cf-aig-authorization", "Helicone-Auth", "X-Auth-Key", "x-access-token", "anthropic-api-key",
    "X-Session-Id",
    "X-Client-Secret", "Secret-Key", "Cookie", "X-Vault-Token", "X-Gitlab-Token",
    "X-Hub-Signature-256",
    "PRIVATE-TOKEN", "X-Figma-Token", "x-functions-key", "X-Shopify-Access-Token", "DD-API-KEY",
    "X-Zapp-Wibble-Key",
  ]

  /// Names of members, parameters and variables.
  static let members = [
    "api_key", "apiKey", "openai_api_key", "access_token", "refreshToken", "client_secret",
    "clientSecret",
    "secret_key", "aws_secret_access_key", "AccessKeySecret", "accessKeyId", "private_key",
    "privateKey", "authToken",
    "sessionToken", "signature", "credential", "db_secret", "dashscope_api_key", "appKey",
    "app_secret",
    "webhookSecret", "encryptionKey", "subscription-key", "bearer_token", "csrf_token",
    "wibble_api_key",
  ]

  static let variables = [
    "DASHSCOPE_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HF_TOKEN",
    "JWT_SECRET",
    "QWEN_ACCESS_TOKEN", "MY_APP_CLIENT_SECRET", "VAULT_TOKEN", "SLACK_SIGNING_SECRET",
    "ZHIPU_API_KEY",
    "WIBBLE_API_KEY",
  ]

  static let passwords = [
    "password", "db_password", "userPassword", "passwd", "DB_PASSWORD", "smtp-passphrase",
  ]

  /// A name with a value in a text, with `N` and `S` for them.
  static let notations: [(name: String, before: String, after: String)] = [
    ("NAME=value", "run with N=", " now"), ("name: value", "N: ", "\nand more"),
    ("quoted", "set \"N\": \"", "\" there"), ("single quotes", "cfg['N'] = '", "' # set"),
    ("call", "headers.set(\"N\", \"", "\")"), ("option", "tool --N ", " go"),
    ("tag", "<N>", "</N>"),
    ("link", "see https://h.example/x?a=1&N=", "&b=2 there"), ("list", "N = [\"", "\"]"),
    ("export", "export N=\"", "\"\nmake"),
  ]

  /// Places in which the name itself is a member, field or parameter.
  static func sessions(_ name: String, _ value: String) -> [(place: String, session: Session)] {
    func session(_ change: (inout Session) -> Void) -> Session {
      var session = PlantedPlace.plain
      change(&session)
      return session
    }
    func answer(_ text: String) -> Session { PlantedPlace.answer(Array(text.utf8)) }
    let boundary = "--XyZ\r\nContent-Disposition: form-data; name=\""
    return [
      ("query", session { $0.request.target += "?a=b&\(name)=\(value)" }),
      ("form", session { $0.request.body = Array("grant=x&\(name)=\(value)&z=1".utf8) }),
      ("JSON", session { $0.request.body = Array(#"{"model":"m","\#(name)":"\#(value)"}"#.utf8) }),
      (
        "JSON below",
        session { $0.request.body = Array(#"{"a":[{"\#(name)":{"v":"\#(value)"}}]}"#.utf8) }
      ),
      ("JSON list", session { $0.request.body = Array(#"{"\#(name)s":["\#(value)","b"]}"#.utf8) }),
      (
        "name and value",
        session {
          $0.request.body = Array(#"{"headers":[{"name":"\#(name)","value":"\#(value)"}]}"#.utf8)
        }
      ),
      (
        "multipart",
        session {
          $0.request.body = Array("\(boundary)\(name)\"\r\n\r\n\(value)\r\n--XyZ--\r\n".utf8)
        }
      ),
      ("JSON answer", answer(#"{"data":{"\#(name)":"\#(value)"}}"#)),
      ("JSON line", answer("{\"a\":1}\n{\"\(name)\":\"\(value)\"}\n")),
      ("event", answer("data: {\"\(name)\":\"\(value)\"}\n\n")),
    ]
  }
}
