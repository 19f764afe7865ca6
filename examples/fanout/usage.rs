//! What a process took.

use std::fmt;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::items::ITEMS;

/// Figures of one run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Figures {
    wall_seconds: f64,
    cpu_seconds: f64,
    peak_mb: f64,
}

impl Figures {
    /// Headings of what [`fmt::Display`] writes.
    pub const HEAD: &'static str = "    wall s     CPU s   peak MB   calls/s";

    /// What this process took, CPU and memory from its beginning, wall time
    /// from `started`.
    pub fn since(started: Instant) -> Result<Self, Failure> {
        Ok(Self {
            wall_seconds: started.elapsed().as_secs_f64(),
            cpu_seconds: cpu().as_secs_f64(),
            peak_mb: peak_mb()?,
        })
    }

    /// One line of JSON on standard output.
    pub fn print(&self) -> Result<(), Failure> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }

    pub fn read(line: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_str(line)?)
    }

    /// Figure by figure.
    pub fn median(all: &mut [Self]) -> Result<Self, Failure> {
        let mut of = |figure: fn(&Self) -> f64| {
            all.sort_by(|a, b| figure(a).total_cmp(&figure(b)));
            all.get(all.len() / 2).map(figure).ok_or("no runs")
        };
        Ok(Self {
            wall_seconds: of(|f| f.wall_seconds)?,
            cpu_seconds: of(|f| f.cpu_seconds)?,
            peak_mb: of(|f| f.peak_mb)?,
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:10.2}{:10.2}{:10.0}{:10.0}",
            self.wall_seconds,
            self.cpu_seconds,
            self.peak_mb,
            10.0 * ITEMS as f64 / self.wall_seconds
        )
    }
}

/// User and system time of all threads.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// The most memory that was ever resident (Linux).
fn peak_mb() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().split(' ').next());
    Ok(kb.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
}
