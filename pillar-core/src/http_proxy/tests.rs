use pillar_types::base64;
use pillar_types::port::ProxyEntry;

use super::*;

fn config(proxies: &[(NetworkProxyType, &str, u32)], exceptions: &str) -> ProxyConfig {
    let entry = |(proxy_type, server, port): &(NetworkProxyType, &str, u32)| ProxyEntry {
        proxy_type: *proxy_type,
        server: (*server).to_owned(),
        port: *port,
        ..ProxyEntry::default()
    };
    let proxies = proxies.iter().map(entry).collect::<Vec<_>>().into();
    ProxyConfig { proxies, exceptions: exceptions.to_owned(), ..ProxyConfig::default() }
}

fn both(exceptions: &str) -> ProxyConfig {
    config(&[(NetworkProxyType::Http, "p", 80), (NetworkProxyType::Https, "p", 80)], exceptions)
}

fn with_pac(script: &str) -> ProxyConfig {
    ProxyConfig { pacfile: base64::encode(script.as_bytes()), ..ProxyConfig::default() }
}

/// `scheme://host:port`, or `direct`, one after the other.
fn shown(routes: Result<Vec<Route>, ProxyError>) -> String {
    let shown = |route: &Route| match route {
        Route::Direct => "direct".to_owned(),
        Route::Via(Proxy { scheme, host, port }) => format!("{scheme:?}://{host}:{port}").to_lowercase(),
    };
    match routes {
        Ok(routes) => routes.iter().map(shown).collect::<Vec<_>>().join(" "),
        Err(why) => why.to_string(),
    }
}

fn is_direct(exceptions: &str, url: &str) -> bool {
    routes(&both(exceptions), url) == Ok(vec![Route::Direct])
}

#[test]
fn ac02_50_no_proxy_takes_domains_networks_and_ports() {
    let no_proxy = ".y.com,10.0.0.0/8,foo.com:80";
    for url in ["http://x.y.com", "https://x.y.com", "http://10.1.2.3", "https://10.1.2.3", "http://foo.com"]
    {
        assert!(is_direct(no_proxy, url), "{url}");
    }
    for url in ["http://y.com", "https://y.com", "https://foo.com"] {
        assert!(!is_direct(no_proxy, url), "{url}");
    }
}

#[test]
fn ac03_42_exceptions_bypass_the_proxy() {
    let exceptions = "example.net,.corp.test,10.0.0.0/8,host:8443";
    for url in [
        "https://a.example.net",
        "https://example.net",
        "https://x.corp.test",
        "https://10.1.2.3",
        "https://host:8443",
        "https://localhost",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]",
    ] {
        assert!(is_direct(exceptions, url), "{url}");
    }
    for url in ["https://corp.test", "https://host:443", "https://host", "https://badexample.net"] {
        assert!(!is_direct(exceptions, url), "{url}");
    }
    assert!(is_direct("", "https://localhost"));
}

#[test]
fn an_exception_may_have_many_forms() {
    for (entry, url, direct) in [
        ("*", "https://a", true),
        ("x, * ,y", "https://10.0.0.1", true),
        ("*.a.b", "https://x.a.b", true),
        ("*.a.b", "https://x.y.a.b", true),
        ("*.a.b", "https://a.b", false),
        ("A.B", "https://x.a.b", true),
        ("a.b", "https://X.A.B.", true),
        ("a.b.", "https://a.b", true),
        ("a.b", "https://xa.b", false),
        ("192.0.2.7", "https://192.0.2.7", true),
        ("192.0.2.7", "https://192.0.2.8", false),
        ("192.0.2.7:443", "https://192.0.2.7", true),
        ("192.0.2.7:443", "http://192.0.2.7", false),
        ("192.0.2.7:443", "https://192.0.2.7:8443", false),
        ("192.0.2.0/24", "https://[::ffff:192.0.2.7]", true),
        ("0.0.0.0/0", "https://203.0.113.1", true),
        ("10.0.0.0/33", "https://10.0.0.1", false),
        ("2001:db8::/32", "https://[2001:db8::1]", true),
        ("2001:db8::/32", "https://[2001:db9::1]", false),
        ("2001:db8::1", "https://[2001:db8::1]:8443", true),
        ("[2001:db8::1]:443", "https://[2001:db8::1]", true),
        ("[2001:db8::1]:443", "http://[2001:db8::1]", false),
        ("[2001:db8::1]", "http://[2001:db8::1]", true),
        // ws and wss have no port of their own to compare.
        ("foo.com:80", "ws://foo.com", false),
        ("foo.com:80", "ws://foo.com:80", true),
        ("", "https://a", false),
        (",,", "https://a", false),
        (".", "https://a", false),
        (":443", "https://a", false),
        ("a:b", "https://a", false),
        ("[", "https://a", false),
    ] {
        assert_eq!(is_direct(entry, url), direct, "{entry:?} {url}");
    }
}

#[test]
fn the_scheme_picks_the_proxy_and_no_other_takes_its_place() {
    let http = config(&[(NetworkProxyType::Http, "web", 3128)], "");
    let https = config(&[(NetworkProxyType::Https, "web", 3128)], "");
    for (url, by_http, by_https) in [
        ("http://a", "http://web:3128", "direct"),
        ("ws://a", "http://web:3128", "direct"),
        ("https://a", "direct", "http://web:3128"),
        ("wss://a", "direct", "http://web:3128"),
        ("ftp://a", "direct", "direct"),
        ("docker://a", "direct", "direct"),
    ] {
        assert_eq!(shown(routes(&http, url)), by_http, "{url}");
        assert_eq!(shown(routes(&https, url)), by_https, "{url}");
    }
    let others = config(&[(NetworkProxyType::Socks, "s", 1), (NetworkProxyType::Ftp, "f", 1)], "");
    assert_eq!(shown(routes(&others, "https://a")), "direct");
    assert_eq!(shown(routes(&ProxyConfig::default(), "https://a")), "direct");
    assert_eq!(routes(&http, "a"), Err(ProxyError::BadUrl));
}

#[test]
fn a_proxy_may_have_a_scheme_and_a_port() {
    for (server, port, proxy) in [
        ("proxy.example.net", 3128, "http://proxy.example.net:3128"),
        ("proxy.example.net:8080", 0, "http://proxy.example.net:8080"),
        ("proxy.example.net", 0, "http://proxy.example.net:80"),
        ("http://proxy/", 0, "http://proxy:80"),
        ("https://proxy", 0, "https://proxy:443"),
        ("https://proxy", 8443, "https://proxy:8443"),
        ("socks5://proxy", 0, "socks5://proxy:1080"),
        ("[2001:db8::1]", 3128, "http://2001:db8::1:3128"),
        ("", 0, "direct"),
        ("", 3128, "':3128' is no proxy"),
        ("ftp://proxy", 0, "'ftp://proxy' is no proxy"),
        ("a b", 0, "'a b' is no proxy"),
        ("proxy", 70_000, "'proxy:70000' is no proxy"),
        ("http://u:p@proxy", 3128, "proxies with user and password are not supported"),
    ] {
        let config = config(&[(NetworkProxyType::Https, server, port)], "");
        assert_eq!(shown(routes(&config, "https://a")), proxy, "{server}");
    }
    let two = config(&[(NetworkProxyType::Https, "one", 1), (NetworkProxyType::Https, "two", 2)], "");
    assert_eq!(shown(routes(&two, "https://a")), "http://two:2");
}

#[test]
fn ac03_44_the_answer_of_a_pac_file_is_read_and_garbage_is_an_error() {
    for (answer, ways) in [
        ("PROXY p1:8080; DIRECT", "http://p1:8080 direct"),
        ("DIRECT", "direct"),
        (" direct ;", "direct"),
        ("DIRECT; PROXY p1:8080", "direct http://p1:8080"),
        // Weakness 21 of the reference: only the first entry counted, SOCKS and HTTPS were taken for HTTP.
        ("SOCKS s:1; HTTPS t:2;PROXY  p", "socks5://s:1 https://t:2 http://p:80"),
        ("SOCKS4 s:1; PROXY p:1", "http://p:1"),
    ] {
        assert_eq!(shown(pac::parse_answer(answer)), ways, "{answer}");
    }
    for garbage in
        ["", ";", "PROXY", "PROXY ", "p1:8080", "DIRECTLY", "DIRECT x", "PROXY a b", "PROXY a:b", "null"]
    {
        let error = pac::parse_answer(garbage).expect_err(garbage);
        assert!(matches!(error, ProxyError::BadPacAnswer(_)), "{garbage}");
    }
}

#[test]
fn a_pac_file_that_always_says_the_same_is_understood() {
    for script in [
        "function FindProxyForURL(url, host) { return \"DIRECT\"; }",
        "// ours\nfunction FindProxyForURL(u,h){/* x */return 'DIRECT'}\n",
        "\u{feff}function FindProxyForURL(url, host)\n{\n  return \"DIRECT\" ;\n};\n// end",
    ] {
        assert_eq!(shown(routes(&with_pac(script), "https://a")), "direct", "{script}");
    }
    let proxy = with_pac("function FindProxyForURL(url, host) { return \"PROXY p:1; DIRECT\"; }");
    assert_eq!(shown(routes(&proxy, "ftp://a")), "http://p:1 direct");
}

#[test]
fn any_other_pac_file_is_refused_and_nobody_goes_direct() {
    for script in [
        " ",
        "return \"DIRECT\"",
        "function FindProxyForURL(url, host) { if (isPlainHostName(host)) return \"DIRECT\"; return \"PROXY p:1\"; }",
        "function FindProxyForURL(url, host) { return \"DIRECT\" + host; }",
        "function FindProxyForURL(url, host) { return \"DIR\\x45CT\"; }",
        "function FindProxyForURL(url, host) { return \"DIRECT\"; } alert(1)",
        "function FindProxyForURL(url, host) { /* return \"DIRECT\"; }",
        "functionFindProxyForURL(url, host) { return \"DIRECT\"; }",
        "function FindProxyForURL(url, host) { return\n\"DIRECT\"; }",
        "function FindProxyForURL(url) { return \"DIRECT\"; }",
    ] {
        assert_eq!(routes(&with_pac(script), "https://a"), Err(ProxyError::PacNeedsScript), "{script}");
    }
    let not_base64 = ProxyConfig { pacfile: "%".into(), ..ProxyConfig::default() };
    assert_eq!(routes(&not_base64, "https://a"), Err(ProxyError::BadPac));
    let too_long = ProxyConfig { pacfile: "A".repeat(pac::MAX_PAC * 2), ..ProxyConfig::default() };
    assert_eq!(routes(&too_long, "https://a"), Err(ProxyError::BadPac));
}

#[test]
fn a_pac_file_is_looked_for_from_the_domain_upwards() {
    let wanted = ProxyConfig { network_proxy_enable: true, ..ProxyConfig::default() };
    for (domain, hosts) in [
        ("a.b.example.com", ["wpad.a.b.example.com", "wpad.b.example.com", "wpad.example.com"].as_slice()),
        // Weakness 21 of the reference: the dot at the end broke it.
        ("example.com.", &["wpad.example.com"]),
        ("lan", &["wpad.lan"]),
    ] {
        let urls: Vec<String> = hosts.iter().map(|host| format!("http://{host}/wpad.dat")).collect();
        assert_eq!(wpad::urls(&wanted, domain), Ok(urls));
    }
    assert_eq!(wpad::urls(&wanted, ""), Err(ProxyError::NoDomain));
    for domain in ["a b", "evil/x?", "a..b", "user@host", &"a.".repeat(200), &"a".repeat(64)] {
        assert!(matches!(wpad::urls(&wanted, domain), Err(ProxyError::BadDomain(_))), "{domain}");
    }
}

#[test]
fn a_pac_file_is_looked_for_only_if_one_is_wanted_and_missing() {
    let mut config = ProxyConfig::default();
    assert_eq!(wpad::urls(&config, "a.b"), Ok(vec![]));
    config.network_proxy_enable = true;
    config.network_proxy_url = "http://x/proxy.pac".into();
    assert_eq!(wpad::urls(&config, ""), Ok(vec!["http://x/proxy.pac".into()]));
    config.pacfile = "AAAA".into();
    assert_eq!(wpad::urls(&config, "a.b"), Ok(vec![]));
}

#[test]
fn a_pac_file_must_be_called_one() {
    assert!(wpad::is_pac("application/x-ns-proxy-autoconfig"));
    assert!(wpad::is_pac("Application/X-NS-Proxy-Autoconfig; charset=utf-8"));
    assert!(!wpad::is_pac("text/html"));
    assert!(!wpad::is_pac(""));
}

#[test]
fn a_download_takes_the_scheme_that_a_proxy_speaks() {
    let https = config(&[(NetworkProxyType::Https, "p", 1)], "direct.example");
    let http = config(&[(NetworkProxyType::Http, "p", 1)], "");
    for (config, url, is_sftp, then) in [
        (&https, "registry/image", false, "https://registry/image"),
        (&https, "files/image", true, "http://files/image"),
        (&https, "http://a/x", false, "http://a/x"),
        (&https, "docker://registry/image", false, "https://registry/image"),
        (&http, "docker://registry/image", false, "http://registry/image"),
        (&https, "docker://direct.example/image", false, "docker://direct.example/image"),
        (&ProxyConfig::default(), "docker://registry/image", false, "docker://registry/image"),
    ] {
        assert_eq!(download_url(config, url, is_sftp), then, "{url}");
    }
}

#[test]
fn a_proxy_is_explicit_if_any_kind_is_set() {
    assert!(!is_explicit(&ProxyConfig { exceptions: "a".into(), ..ProxyConfig::default() }));
    assert!(is_explicit(&both("")));
    assert!(is_explicit(&with_pac("x")));
    assert!(is_explicit(&ProxyConfig { network_proxy_enable: true, ..ProxyConfig::default() }));
}
