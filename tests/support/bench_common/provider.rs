//! A provider outside of the program: `primum simulate` as a process of its
//! own, and what it counted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::{Place, demo_cases};

/// It ends with the test.
pub struct Provider {
    process: Child,
    address: String,
}

impl Provider {
    /// Starts one with these settings, as TOML.
    pub fn start(place: &Place, settings: &str) -> Provider {
        Provider::listen(place, "127.0.0.1:0", settings)
    }

    /// Starts one at this address.
    pub fn listen(place: &Place, address: &str, settings: &str) -> Provider {
        place.write("provider-settings.toml", settings);
        let mut process = place
            .primum(&["simulate", "--listen", address, "--cases"])
            .arg(demo_cases())
            .args(["--config", "provider-settings.toml"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the provider starts");
        let words = process.stdout.take().expect("its words");
        let mut line = String::new();
        BufReader::new(words).read_line(&mut line).expect("a line");
        let (_, rest) = line.split_once("http://").expect("its address");
        let address = rest.trim().trim_end_matches("/v1").to_owned();
        Provider { process, address }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Base address for a panel.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Chat requests that arrived so far.
    pub fn requests(&self) -> u64 {
        self.stats()["requests"].as_u64().expect("a count")
    }

    /// Everything that it counted.
    pub fn stats(&self) -> Value {
        let mut stream = TcpStream::connect(&self.address).expect("the provider");
        let ask = format!(
            "GET /stats HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(ask.as_bytes()).expect("a request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("JSON")
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
