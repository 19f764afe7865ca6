//! Arms are told apart by name: `solo:AGENT` for an advisor, `solo:MODEL` for
//! a model that no advisor uses. Two arms of one name would be one result for
//! two things.

use std::collections::BTreeMap;

use crate::panel::file::PanelFile;
use crate::panel::model::Panel;
use crate::panel::sink::Sink;

/// Reports solo arms that share a name, and that there is no advisor.
pub fn check(file: &PanelFile, panel: &Panel, sink: &mut Sink) {
    if file.advisors.as_ref().is_some_and(Vec::is_empty) {
        let help = "write at least one [[advisors]] with a name and a model";
        sink.error("no-advisor", 0..0, "the panel has no advisor", help);
    }
    let alone = panel.alone();
    for table in file.advisors.iter().flatten() {
        let Some(name) = &table.name else { continue };
        if alone.iter().any(|solo| solo.model == **name) {
            let message = format!(
                "the advisor `{0}` and the model `{0}` would both be the arm `solo:{0}`",
                **name
            );
            sink.error(
                "duplicate-name",
                name.span(),
                &message,
                "give one of them another name",
            );
        }
    }
    let mut seen = BTreeMap::new();
    for model in file
        .solo
        .iter()
        .flatten()
        .filter_map(|table| table.model.as_ref())
    {
        if let Some(first) = seen.insert(model.as_str(), model.span()) {
            let (line, _) = sink.source().position(first.start);
            let message = format!("the model `{}` is in [[solo]] twice", **model);
            let help = format!(
                "the first time on line {line}; to ask it in two ways, give it two names in [models]"
            );
            sink.error("duplicate-name", model.span(), &message, &help);
        }
    }
}
