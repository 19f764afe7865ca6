//! What a service asks of the operating system: no core dumps, enough open
//! files, to be told when to stop, and an error in place of a signal when a
//! file may not grow.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::warn;

use super::Failure;

/// The memory of a service holds patients' text: it is never written out.
pub fn no_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if setrlimit(Resource::Core, none).is_err() {
        warn!("core dumps could not be switched off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
            warn!("the process could not be made undumpable");
        }
    }
}

/// A panic is told with the place where it happened and without its words: a
/// slice that is cut wrongly quotes the text that it was cut from.
pub fn panics_without_words() {
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(at) => eprintln!("a fault of the program at {}:{}", at.file(), at.line()),
        None => eprintln!("a fault of the program"),
    }));
}

/// A connection is an open file; the soft limit is often low.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, raised).is_err() {
        warn!("the limit of open files could not be raised");
    }
}

/// A file that may not grow (`ulimit -f`) sends a signal that ends a process
/// which does not handle it. Handled, the write fails, and the failure is told.
pub fn survive_a_file_size_limit() {
    const SIGXFSZ: i32 = 25;
    if signal(SignalKind::from_raw(SIGXFSZ)).is_err() {
        warn!("SIGXFSZ could not be handled");
    }
}

/// Comes to its end when the service is told to stop.
pub fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let handler = |kind| {
        signal(kind).map_err(|error| Failure::usage(format!("signals cannot be handled: {error}")))
    };
    let mut terminate = handler(SignalKind::terminate())?;
    let mut interrupt = handler(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
