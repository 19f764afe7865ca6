//! Exit codes. They are few, fixed, and documented in `--help`.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: a check found faults.
    Findings,
    /// 2: usage or configuration.
    Usage,
    /// 3: partial: something unscored, budget reached, missing answers.
    Partial,
    /// 4: a provider refused or is unreachable.
    Provider,
    /// 5: bad data.
    Data,
    /// 130: interrupted.
    Interrupted,
}

/// For `--help`.
pub const HELP: &str = "\
Exit codes:
  0    done
  1    findings: a check found faults
  2    usage or configuration
  3    partial: something unscored, budget reached, missing answers
  4    a provider refused or is unreachable
  5    bad data
  130  interrupted

Primum is a research tool and no medical device.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Provider => 4,
            Exit::Data => 5,
            Exit::Interrupted => 130,
        })
    }
}

/// Something went wrong, with the exit code that belongs to it.
#[derive(Debug)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What was wrong, where, and what to do; for people, on stderr.
    pub message: String,
}

impl Failure {
    /// A failure with a message for people.
    pub fn new(exit: Exit, message: impl ToString) -> Self {
        Self {
            exit,
            message: message.to_string(),
        }
    }

    /// Usage or configuration.
    pub fn usage(message: impl ToString) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Bad data.
    pub fn data(message: impl ToString) -> Self {
        Self::new(Exit::Data, message)
    }
}
