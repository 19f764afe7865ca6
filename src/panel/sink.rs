//! Where the faults of one file gather while it is read.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::diagnostics::{Fault, Severity, Source};

/// Collects the faults of one file, and of the prompts that it names.
pub struct Sink {
    source: Arc<Source>,
    faults: Vec<Fault>,
    left_out: BTreeSet<String>,
}

impl Sink {
    /// An empty sink for faults of this source.
    pub fn new(source: Arc<Source>) -> Self {
        Self {
            source,
            faults: Vec::new(),
            left_out: BTreeSet::new(),
        }
    }

    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// An error at a place of the file, with help.
    pub fn error(&mut self, code: &'static str, span: Range<usize>, message: &str, help: &str) {
        self.put(Severity::Error, code, span, message, help);
    }

    /// A warning at a place of the file, with help.
    pub fn warn(&mut self, code: &'static str, span: Range<usize>, message: &str, help: &str) {
        self.put(Severity::Warning, code, span, message, help);
    }

    /// A fault of another source, such as a prompt file.
    pub fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Notes that the value at this dotted path is faulty, and reported as such.
    pub fn leave_out(&mut self, path: &str) {
        self.left_out.insert(path.to_owned());
    }

    /// Was there a value at this path that is reported already? Then nobody
    /// needs to hear that it is missing.
    pub fn was_left_out(&self, path: &str) -> bool {
        self.left_out.contains(path)
    }

    /// Number of errors so far.
    pub fn errors(&self) -> usize {
        let is_error = |fault: &&Fault| fault.severity == Severity::Error;
        self.faults.iter().filter(is_error).count()
    }

    /// All faults.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    fn put(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Range<usize>,
        message: &str,
        help: &str,
    ) {
        let help = (!help.is_empty()).then_some(help);
        let fault = Fault::new(&self.source, severity, code, Some(span), message, help);
        self.faults.push(fault);
    }
}
