//! What a process took.

use std::fmt;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::server::LATENCY;
use crate::shape::Shapes;

/// Figures of one run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Figures {
    wall_seconds: f64,
    cpu_seconds: f64,
    peak_mb: f64,
    /// Calls, and seconds of those in a row: nothing can be done sooner.
    calls: usize,
    path_seconds: f64,
}

impl Figures {
    /// Headings of what [`fmt::Display`] writes.
    pub const HEAD: &'static str = "    wall s     CPU s   peak MB   calls/s    wall/path";

    /// What this process took, CPU and memory from its beginning, wall time
    /// from `started`.
    pub fn since(started: Instant, shapes: &Shapes) -> Result<Self, Failure> {
        let figures = Self {
            wall_seconds: started.elapsed().as_secs_f64(),
            cpu_seconds: cpu().as_secs_f64(),
            peak_mb: peak_mb()?,
            calls: 0,
            path_seconds: 0.0,
        };
        Ok(figures.of(shapes))
    }

    /// The same, of a run with these calls.
    pub fn of(self, shapes: &Shapes) -> Self {
        Self {
            calls: shapes.calls(),
            path_seconds: shapes.critical_path(LATENCY).as_secs_f64(),
            ..self
        }
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
            calls: of(|f| f.calls as f64)? as usize,
            path_seconds: of(|f| f.path_seconds)?,
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:10.2}{:10.2}{:10.0}{:10.0}{:13.2}",
            self.wall_seconds,
            self.cpu_seconds,
            self.peak_mb,
            self.calls as f64 / self.wall_seconds,
            self.wall_seconds / self.path_seconds
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
