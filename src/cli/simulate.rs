//! `primum simulate`: the simulated provider as a server of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::simulate::{RunningSimulator, SimConfig, Simulator};

use super::{Exit, Failure, cases, print, runtime};

/// Serve simulated models over HTTP.
#[derive(clap::Args, Debug)]
pub struct SimulateArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    listen: SocketAddr,
    /// Cases that the models know
    #[arg(long, default_value = "cases/demo", value_name = "DIR")]
    cases: PathBuf,
    /// Settings as a TOML file with the keys of `[providers.NAME.simulated]`:
    /// world_seed, rho, rho_family, rho_self, models, faults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the settings in force as JSON and stop
    #[arg(long)]
    print_config: bool,
}

/// Runs the command until it is interrupted.
pub fn main(args: &SimulateArgs) -> Result<Exit, Failure> {
    let config = config(args)?;
    if args.print_config {
        print(&serde_json::to_string_pretty(&config.to_json()).unwrap_or_default())?;
        return Ok(Exit::Done);
    }
    let set = cases::load(&args.cases)?;
    runtime()?.block_on(async {
        let mut server = Simulator::start(&set.cases, config, args.listen)
            .await
            .map_err(|error| {
                Failure::usage(format!("cannot listen on {}: {error}", args.listen))
            })?;
        print(&format!(
            "SIMULATED models for {} cases at {}\nCounts at http://{}/stats. Stop with Ctrl-C.",
            set.cases.len(),
            server.base_url(),
            server.addr
        ))?;
        tokio::select! {
            () = server.wait() => Err(Failure::usage("the server stopped by itself")),
            _ = tokio::signal::ctrl_c() => {
                server.shutdown().await;
                Ok(Exit::Done)
            }
        }
    })
}

fn config(args: &SimulateArgs) -> Result<SimConfig, Failure> {
    let Some(path) = &args.config else {
        return settings(&serde_json::Map::new(), "built-in settings");
    };
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    let table: serde_json::Map<String, serde_json::Value> =
        toml::from_str(&text).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    settings(&table, &shown)
}

/// Settings of simulated models; `source` names where they stand.
pub fn settings(
    map: &serde_json::Map<String, serde_json::Value>,
    source: &str,
) -> Result<SimConfig, Failure> {
    SimConfig::from_map(map).map_err(|error| Failure::usage(format!("{source}: {error}")))
}

/// Starts a provider in process on a free port of the loopback interface.
pub async fn in_process(
    cases: &[crate::clinical::Case],
    config: SimConfig,
) -> Result<RunningSimulator, Failure> {
    Simulator::start(cases, config, SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .map_err(|error| Failure::usage(format!("cannot start the simulated provider: {error}")))
}
