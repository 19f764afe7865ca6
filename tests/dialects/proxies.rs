//! Kind J: ways out of a house: proxies and private CAs, through the program,
//! on this machine alone. The names that are asked for exist nowhere.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::bench_common::panel::Draft;
use crate::bench_common::{Ended, Place, run};
use crate::fake_openai::answer;

const HOST: &str = "models.example.invalid";

/// Accepts for as long as the test lives and handles each connection.
fn serve(handle: impl Fn(TcpStream) -> std::io::Result<()> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = handle(stream);
        }
    });
    port
}

/// The head of a request and its body are read, and a model's answer is given.
fn chat(stream: impl Read + Write) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let head = head(&mut reader)?;
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).unwrap_or("0");
    let length = length
        .lines()
        .next()
        .unwrap_or("0")
        .trim()
        .parse()
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = answer("1. Order an ECG.").to_string();
    let stream = reader.get_mut();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()?;
    Ok(head)
}

fn head(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    Ok(head)
}

/// One question to a panel at this address, in this environment.
fn consult(place: &Place, url: &str, environment: &[(&str, String)]) -> Ended {
    let mut draft = Draft::small();
    let [provider, _] = draft.providers();
    provider.insert("kind".into(), "openai".into());
    provider.insert("base_url".into(), url.into());
    provider.remove("simulated");
    let limits = "call_seconds = 10.0\nattempts = 1".parse::<toml::Table>();
    provider.insert("limits".into(), toml::Value::Table(limits.expect("TOML")));
    let panel = draft.write(place, "p");
    place.write("question.txt", "What should be done about palpitations?");
    let mut command = place.primum(&["consult", &panel, "--file", "question.txt"]);
    for name in [
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
    ] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    run(command.envs(environment.iter().map(|(name, value)| (*name, value))))
}

/// The answer came through.
fn came(ended: &Ended) {
    assert!([Some(0), Some(3)].contains(&ended.code), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("ECG"),
        "{}\n{}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn http_goes_through_a_proxy_and_not_where_it_is_not_to() {
    let place = Place::new();
    let url = format!("http://{HOST}/v1");
    let port = serve(|stream| {
        let asked = chat(stream)?;
        assert!(
            asked.starts_with(&format!("POST http://{HOST}/v1/chat/completions ")),
            "{asked}"
        );
        Ok(())
    });
    let proxy = format!("http://127.0.0.1:{port}");
    came(&consult(&place, &url, &[("HTTP_PROXY", proxy.clone())]));
    let direct = [("HTTP_PROXY", proxy), ("NO_PROXY", HOST.to_owned())];
    let ended = consult(&place, &url, &direct);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("cannot be reached"),
        "{}",
        ended.stderr
    );
}

#[test]
fn socks_resolves_names_at_the_proxy() {
    let place = Place::new();
    let port = serve(|mut stream| {
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting)?;
        let mut methods = vec![0; greeting[1].into()];
        stream.read_exact(&mut methods)?;
        stream.write_all(&[5, 0])?;
        // CONNECT to a name: its length, the name, the port.
        let mut request = [0; 5];
        stream.read_exact(&mut request)?;
        assert_eq!(request[..4], [5, 1, 0, 3]);
        let mut name = vec![0; usize::from(request[4]) + 2];
        stream.read_exact(&mut name)?;
        assert!(name.starts_with(HOST.as_bytes()));
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
        chat(stream).map(|_| ())
    });
    let proxy = format!("socks5h://127.0.0.1:{port}");
    came(&consult(
        &place,
        &format!("http://{HOST}/v1"),
        &[("ALL_PROXY", proxy)],
    ));
}

/// A CA of this test and a certificate for the host, by the `openssl` command;
/// `None` where there is none.
fn certificates(place: &Place) -> Option<()> {
    let openssl = |args: &[&str]| {
        let output = Command::new("openssl")
            .args(args)
            .current_dir(place.path(""))
            .output();
        output
            .ok()
            .filter(|output| output.status.success())
            .map(|_| ())
    };
    place.write(
        "leaf.cnf",
        &format!(
            "subjectAltName=DNS:{HOST}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
        ),
    );
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "30",
        "-subj",
        "/CN=a house of ours",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign",
    ])?;
    openssl(&[
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        "leaf.key",
        "-out",
        "leaf.csr",
        "-subj",
        &format!("/CN={HOST}"),
    ])?;
    openssl(&[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "leaf.pem",
        "-days",
        "30",
        "-extfile",
        "leaf.cnf",
    ])
}

#[test]
fn https_goes_through_a_proxy_to_a_server_of_a_private_ca() {
    let place = Place::new();
    if certificates(&place).is_none() {
        eprintln!("skipped: there is no `openssl` command that makes certificates");
        return;
    }
    let chain: Vec<_> = CertificateDer::pem_file_iter(place.path("leaf.pem"))
        .expect("a certificate")
        .collect::<Result<_, _>>()
        .expect("PEM");
    let key = PrivateKeyDer::from_pem_file(place.path("leaf.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a pair");
    let config = Arc::new(config);
    let port = serve(move |stream| {
        let mut reader = BufReader::new(stream);
        let asked = head(&mut reader)?;
        assert!(
            asked.starts_with(&format!("CONNECT {HOST}:443 ")),
            "{asked}"
        );
        let mut stream = reader.into_inner();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let session = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
        chat(StreamOwned::new(session, stream)).map(|_| ())
    });
    let url = format!("https://{HOST}/v1");
    let proxy = ("HTTPS_PROXY", format!("http://127.0.0.1:{port}"));
    // Nobody knows this CA.
    let ended = consult(&place, &url, std::slice::from_ref(&proxy));
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let ca = ("SSL_CERT_FILE", place.path("ca.pem").display().to_string());
    came(&consult(&place, &url, &[proxy, ca]));
}
