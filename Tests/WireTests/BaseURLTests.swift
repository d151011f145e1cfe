// Base URLs are typed by people, so what is refused matters as much as what is read.

import Testing
import Wire

@Suite struct BaseURLTests {
  @Test(arguments: [
    ("http://h", BaseURL(scheme: .http, host: "h", port: 80), "http://h"),
    ("HTTPS://h/", BaseURL(scheme: .https, host: "h", port: 443), "https://h"),
    (
      "http://1.2.3.4:8/a/b//", BaseURL(scheme: .http, host: "1.2.3.4", port: 8, path: "/a/b"),
      "http://1.2.3.4:8/a/b"
    ),
    (
      "http://[::1]:9000/v1", BaseURL(scheme: .http, host: "::1", port: 9000, path: "/v1"),
      "http://[::1]:9000/v1"
    ),
    ("https://h:80", BaseURL(scheme: .https, host: "h", port: 80), "https://h:80"),
    ("http://h:65535", BaseURL(scheme: .http, host: "h", port: 65535), "http://h:65535"),
  ])
  func reads(_ text: String, _ expected: BaseURL, _ shown: String) {
    #expect(BaseURL(text) == expected)
    #expect(expected.description == shown)
  }

  @Test(arguments: [
    "", "h", "h:80", "//h", "ftp://h", "http://", "http:///a", "http://:80", "http://h:",
    "http://h:0", "http://h:65536", "http://h:+1", "http://u@h", "http://u:p@h", "http://h?q",
    "http://h/a?q", "http://h/a#f", "http://::1", "http://h /a", "http://h/a b", "http://h\\a",
  ])
  func refuses(_ text: String) { #expect(BaseURL(text) == nil) }
}
