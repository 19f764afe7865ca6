//! Writes one page with every chart of the report, from made-up numbers, to
//! look at them: in light, dark and print, with few and many arms, and with
//! data missing.
//!
//! ```text
//! cargo run --example chart_gallery -- gallery.html [light|dark]
//! ```

mod arms;
mod causes;
mod made_up;

use std::fs;

use primum::report::chart::{CSS, Forest, forest};

use arms::*;
use causes::*;
use made_up::caption;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "gallery.html".into());
    let theme = arguments.next().unwrap_or_default();
    let charts = [
        make_forest(11),
        make_severe(11),
        make_scatter(11, false),
        make_scatter(11, true),
        make_search(),
        make_plane(),
        make_differences(100),
        make_heat(11),
        make_flow(),
        make_guardians(),
        make_matrix(6),
        make_resilience(),
        make_agreement(),
        make_distribution(11),
        // Extremes.
        make_forest(31),
        make_severe(31),
        make_scatter(31, false),
        make_scatter(31, true),
        make_differences(1),
        make_differences(12),
        make_differences(1_000),
        make_heat(31),
        make_heat(1),
        make_matrix(12),
        make_matrix(2),
        make_distribution(31),
        make_forest(1),
        make_scatter(1, false),
        forest(&Forest {
            caption: caption("A chart without data", "It says why."),
            ..Forest::default()
        }),
    ];
    let theme = match theme.as_str() {
        "light" | "dark" => format!(" data-theme=\"{theme}\""),
        _ => String::new(),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"{theme}>\n<head><meta charset=\"utf-8\">\
         <title>SIMULATED: charts</title>\n<style>{CSS}\n\
         body {{ background: var(--c-surface); color: var(--c-ink); margin: 24px; \
         font: 16px/1.5 system-ui, sans-serif; }}\nfigure {{ margin: 0 0 44px; }}\n\
         </style></head>\n<body>\n<h1>SIMULATED: charts from made-up numbers</h1>\n"
    );
    for chart in charts {
        page.push_str(&format!("<figure>{chart}</figure>\n"));
    }
    page.push_str("</body></html>\n");
    fs::write(path, page)
}
