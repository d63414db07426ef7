//! Proxy auto-configuration files, as far as they go without running them, and the answers that they give.

use pillar_types::base64;

use super::{ProxyError, Route, parse_proxy, quoted};

/// The longest PAC file in bytes.
pub const MAX_PAC: usize = 1 << 20;

/// The most ways that an answer may name; more are left out.
const MAX_ROUTES: usize = 16;

/// What a PAC file in base64, as settings have it, answers for every URL.
pub fn routes(pacfile: &str) -> Result<Vec<Route>, ProxyError> {
    if pacfile.len() > MAX_PAC / 3 * 4 {
        return Err(ProxyError::BadPac);
    }
    let script = base64::decode(pacfile.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let script = script.ok_or(ProxyError::BadPac)?;
    let answer = constant_answer(&script).ok_or(ProxyError::PacNeedsScript)?;
    parse_answer(answer)
}

/// Reads an answer such as `PROXY p1:8080; DIRECT`. Ways that cannot be taken are left out; with none left it
/// is an error.
pub fn parse_answer(answer: &str) -> Result<Vec<Route>, ProxyError> {
    let routes: Vec<Route> = answer.split(';').filter_map(parse_route).take(MAX_ROUTES).collect();
    if routes.is_empty() { Err(ProxyError::BadPacAnswer(quoted(answer))) } else { Ok(routes) }
}

fn parse_route(text: &str) -> Option<Route> {
    let mut words = text.split_whitespace();
    let keyword = words.next()?.to_ascii_uppercase();
    let scheme = match keyword.as_str() {
        "DIRECT" => return words.next().is_none().then_some(Route::Direct),
        "PROXY" | "HTTP" => "http",
        "HTTPS" => "https",
        "SOCKS" | "SOCKS5" => "socks5",
        _ => return None,
    };
    let place = words.next().filter(|place| !place.contains("://"))?;
    let proxy = parse_proxy(&format!("{scheme}://{place}")).ok()?;
    words.next().is_none().then_some(Route::Via(proxy))
}

/// The text that `function FindProxyForURL(url, host) { return "…"; }` gives; `None` for any other script.
fn constant_answer(script: &str) -> Option<&str> {
    let rest = skip_blank(script.trim_start_matches('\u{feff}'))?.strip_prefix("function")?;
    let mut rest = skip_blank(rest).filter(|after| after.len() < rest.len())?;
    for token in ["FindProxyForURL", "("] {
        rest = skip_blank(rest)?.strip_prefix(token)?;
    }
    rest = name(skip_blank(rest)?)?;
    rest = name(skip_blank(rest)?.strip_prefix(',').and_then(skip_blank)?)?;
    for token in [")", "{", "return"] {
        rest = skip_blank(rest)?.strip_prefix(token)?;
    }
    let after = skip_blank(rest)?;
    // A line end after `return` ends the statement, and nothing is returned.
    if rest[..rest.len() - after.len()].contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return None;
    }
    rest = after;
    let quote = rest.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let (answer, after) = rest[1..].split_once(quote)?;
    rest = skip_blank(after)?;
    rest = skip_blank(rest.strip_prefix(';').unwrap_or(rest))?.strip_prefix('}')?;
    rest = skip_blank(rest)?;
    rest = skip_blank(rest.strip_prefix(';').unwrap_or(rest))?;
    (rest.is_empty() && !answer.contains(['\\', '\n', '\r'])).then_some(answer)
}

/// What comes after blanks and comments; `None` if a comment does not end.
fn skip_blank(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    loop {
        rest = if let Some(line) = rest.strip_prefix("//") {
            line.split_once('\n').map_or("", |(_, after)| after).trim_start()
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/")?.1.trim_start()
        } else {
            return Some(rest);
        };
    }
}

/// What comes after a name.
fn name(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    (rest.len() < text.len()).then_some(rest)
}
