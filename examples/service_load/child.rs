//! The service: the program itself, as a process, with its state in a folder of
//! its own.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Result;

/// A running service.
pub struct Service {
    process: Child,
    home: PathBuf,
    program: PathBuf,
    /// Where it listens.
    pub address: String,
}

impl Service {
    /// Serves a panel before this provider; `more`: further flags.
    pub fn start(provider: &str, audit: bool, more: &[&str]) -> Result<Service> {
        let program = program()?;
        let home = std::env::temp_dir().join(format!("primum-load-{}", std::process::id()));
        fs::remove_dir_all(&home).ok();
        fs::create_dir_all(&home)?;
        let panel = home.join("panel.toml");
        fs::write(&panel, panel_file(provider, audit))?;
        let mut process = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg(&panel)
            .args(more)
            .env("PRIMUM_HOME", home.join("state"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut words = BufReader::new(process.stderr.take().ok_or("no words")?);
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            if words.read_line(&mut line)? == 0 {
                return Err(format!("the service does not start:\n{said}").into());
            }
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
            said.push_str(&line);
        };
        // Its log is read, or it would have to wait for a reader.
        std::thread::spawn(move || io::copy(&mut words, &mut io::sink()));
        Ok(Service {
            process,
            home,
            program,
            address,
        })
    }

    /// Makes a key with a budget that lasts.
    pub fn key(&self, name: &str) -> Result<String> {
        let made = Command::new(&self.program)
            .args(["keys", "add", name, "--scope", "consult"])
            .args(["--usd-per-day", "100000"])
            .env("PRIMUM_HOME", self.home.join("state"))
            .output()?;
        let text = String::from_utf8(made.stdout)?;
        let key = text.lines().last().ok_or("no key was made")?;
        Ok(key.to_owned())
    }

    /// Most memory that it ever held, in MB.
    pub fn peak_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kilobytes.ok_or("no VmHWM")? / 1024.0)
    }

    /// Seconds of all its threads, user and system.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, rest) = stat.rsplit_once(')').ok_or("no name in stat")?;
        let field = |at: usize| rest.split_whitespace().nth(at)?.parse::<f64>().ok();
        let ticks = field(11).zip(field(12)).map(|(user, system)| user + system);
        Ok(ticks.ok_or("no times in stat")? / 100.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.home).ok();
    }
}

/// `PRIMUM`, or what lies beside this program's folder.
fn program() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("PRIMUM") {
        return Ok(named.into());
    }
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("no folder")?;
    let beside = folder.join("primum");
    if !beside.exists() {
        let advice = "build it with `cargo build --release`, or name it in PRIMUM";
        return Err(format!("{} is not there: {advice}", beside.display()).into());
    }
    Ok(beside)
}

fn panel_file(provider: &str, audit: bool) -> String {
    let members = [("ada", "north"), ("ben", "south"), ("cleo", "west")];
    let models: String = members
        .iter()
        .map(|(model, vendor)| {
            format!(
                "[models.{model}]\nprovider = \"slow\"\nid = \"{model}\"\nvendor = \"{vendor}\"\n\
                 price = {{ input = 1.0, output = 10.0 }}\n\
                 [[advisors]]\nname = \"{model}\"\nmodel = \"{model}\"\n"
            )
        })
        .collect();
    let retention = if audit { "audit" } else { "none" };
    format!(
        "name = \"load\"\n[providers.slow]\nbase_url = \"{provider}\"\nkeeps_nothing = true\n\
         limits = {{ in_flight = 5000, call_seconds = 30.0, attempts = 1 }}\n{models}\
         [consensus]\nprotocol = \"vote\"\n[service]\nretention = \"{retention}\"\n"
    )
}
