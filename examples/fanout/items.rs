//! A hundred items, made of the demo cases.

use std::path::Path;
use std::sync::Arc;

use primum::cases::load;
use primum::clinical::{Case, PatientText};

use crate::Failure;

/// How many.
pub const ITEMS: usize = 100;

/// A file of the repository.
pub fn file(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Each its own text, so that no call is another's, and its own rubric.
pub fn cases() -> Result<Vec<Case>, Failure> {
    let demo = load(file("cases/demo"))?;
    let endless = demo.cases.iter().cycle().take(ITEMS).enumerate();
    endless
        .map(|(number, case)| {
            let id = format!("{}{:03}", case.items[0].specialty(), 100 + number);
            let mut item = (*case.items[0]).clone();
            let text = format!("{}\n\nConsult {number}.", item.prompt.expose());
            item.prompt = PatientText::from(text);
            item.id.clone_from(&id);
            let mut rubric = (**case.rubric.as_ref().ok_or("a case without a rubric")?).clone();
            rubric.id.clone_from(&id);
            Ok(Case {
                id,
                items: vec![Arc::new(item)],
                rubric: Some(Arc::new(rubric)),
                guidance: case.guidance.clone(),
            })
        })
        .collect()
}
