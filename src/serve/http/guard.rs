//! Where a request may come from: the host that it names, the web page that it
//! comes from, and, without keys, a header that no web page elsewhere can send.
//!
//! A name that an attacker owns can be pointed at a loopback address (DNS
//! rebinding), and any page may post to one. So the host must be an address in
//! numbers, a loopback name, or one that the owner named; a page's origin must
//! be that host; and CORS stays closed: no response ever allows another origin.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Uri};
use std::net::IpAddr;

use super::problem::{Code, Problem};

/// The header that stands in for a key where keys are off.
pub const OWN_HEADER: &str = "primum-request";

/// What is checked.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Further names under which the service is reached, in lower case.
    pub hosts: Vec<String>,
    /// Are keys off, so that the header is needed?
    pub header_needed: bool,
}

impl Guard {
    /// # Errors
    /// [`Problem`] with `wrong-host`, `wrong-origin` or `header-needed`.
    pub fn check(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        open: bool,
    ) -> Result<(), Problem> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), uri.authority()) {
            (Some(host), _) => host.to_str().unwrap_or_default(),
            (None, Some(authority)) => authority.as_str(),
            (None, None) => "",
        };
        // A request in absolute form names a host twice; both must be right.
        let named = uri.authority().map_or(host, |authority| authority.as_str());
        if hosts.next().is_some() || !self.knows(host) || !self.knows(named) {
            return Err(Code::WrongHost.plain());
        }
        for origin in headers.get_all(ORIGIN) {
            if !is_same_origin(origin, host) {
                return Err(Code::WrongOrigin.plain());
            }
        }
        // A page elsewhere may send simple requests without an origin to it,
        // but no header of its own without being asked, and we never agree.
        let reads_open = open && matches!(*method, Method::GET | Method::HEAD);
        if self.header_needed && !reads_open && !headers.contains_key(OWN_HEADER) {
            return Err(Code::HeaderNeeded.plain());
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        // Without keys only loopback will do, so that no other machine's name
        // for us is ever right.
        match bare.parse::<IpAddr>() {
            Ok(address) => !self.header_needed || address.is_loopback(),
            Err(_) => {
                name == "localhost" || name.ends_with(".localhost") || self.hosts.contains(&name)
            }
        }
    }
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty()
                && port.bytes().all(|b| b.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

/// Is it the origin of our own pages? The scheme is not compared: TLS ends at
/// the proxy.
fn is_same_origin(origin: &HeaderValue, host: &str) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(guard: &Guard, headers: &[(&str, &str)]) -> Result<(), &'static str> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().expect("a name");
            map.append(name, value.parse().expect("a value"));
        }
        let uri = Uri::from_static("/v1/consults");
        guard
            .check(&Method::POST, &uri, &map, false)
            .map_err(|problem| problem.code)
    }

    #[test]
    fn hosts_are_numbers_loopback_or_named() {
        let guard = Guard {
            hosts: vec!["consult.example".into()],
            header_needed: false,
        };
        for good in [
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "localhost",
            "LOCALHOST:1",
            "10.0.0.7:80",
            "consult.example",
            "Consult.Example:443",
        ] {
            assert_eq!(check(&guard, &[("host", good)]), Ok(()), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "consult.example.evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "consult.example:x",
            "consult.example@evil.example",
        ] {
            assert_eq!(check(&guard, &[("host", bad)]), Err("wrong-host"), "{bad}");
        }
        let two = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(check(&guard, &two), Err("wrong-host"));
        assert_eq!(check(&guard, &[]), Err("wrong-host"));
    }

    #[test]
    fn only_our_own_page_may_call() {
        let guard = Guard::default();
        let from = |origin| check(&guard, &[("host", "localhost:8080"), ("origin", origin)]);
        assert_eq!(from("http://localhost:8080"), Ok(()));
        assert_eq!(from("https://localhost:8080"), Ok(()));
        for bad in [
            "null",
            "http://localhost:8081",
            "http://localhost",
            "http://evil.example",
        ] {
            assert_eq!(from(bad), Err("wrong-origin"), "{bad}");
        }
    }

    #[test]
    fn without_keys_the_header_is_needed_and_loopback_alone_will_do() {
        let guard = Guard {
            hosts: Vec::new(),
            header_needed: true,
        };
        let host = ("host", "127.0.0.1:1");
        assert_eq!(check(&guard, &[host]), Err("header-needed"));
        assert_eq!(check(&guard, &[host, (OWN_HEADER, "1")]), Ok(()));
        let far = ("host", "10.0.0.7:1");
        assert_eq!(check(&guard, &[far, (OWN_HEADER, "1")]), Err("wrong-host"));
    }
}
