//! Charts: plain data in, an SVG as text out.
//!
//! What lives here: one pure function per chart, each with its own struct of
//! names and numbers, and what they share (scales, ticks, widths of text, marks).
//! What may come in: numbers that others have computed. What may not: anything
//! of the program besides, files, the clock, scripts, fonts from elsewhere.
//!
//! Rules that all charts keep:
//! * A chart says what it shows, in which unit, and which direction one wants.
//!   Intervals are drawn. Numbers that matter stand beside their marks.
//! * Colour never speaks alone: kinds of arms differ by shape, parts of bars by
//!   pattern, signs by place. Colours are the page's, through the classes of
//!   [`CSS`]; it knows light, dark and print.
//! * Names come from outside. They are escaped, and cut where there is no room;
//!   a pointer then shows the whole of them, and the text alternative
//!   (`<title>`, `<desc>`) tells what the eye sees.
//! * What is missing is said in words; a chart without any data says why.
//! * What rests on simulated models carries the word SIMULATED (design rule 9).
//! * The same data give the same bytes.
//!
//! No ids are used, so any number of charts can stand on one page.

mod agreement;
mod data;
mod differences;
mod distribution;
mod flow;
mod forest;
mod format;
mod grid;
mod guardian_effect;
mod labels;
mod parts;
mod resilience;
mod scale;
mod scatter;
mod severe_bars;
mod svg;
mod text;
pub mod ticks;

pub use agreement::{Agreement, AgreementRow, agreement};
pub use data::{ArmKind, Better, BySeverity, Caption, Estimate};
pub use differences::{Differences, differences};
pub use distribution::{
    Distribution, DistributionColumn, DistributionRow, Quantiles, distribution,
};
pub use flow::{Flow, FlowStage, flow};
pub use forest::{Forest, ForestColumn, ForestRow, forest};
pub use format::Format;
pub use grid::{Heat, HeatRow, Matrix, heat, matrix};
pub use guardian_effect::{GuardianEffect, GuardianRow, guardian_effect};
pub use resilience::{Resilience, ResilienceRow, resilience};
pub use scatter::{Axis, Scatter, ScatterPoint, scatter};
pub use severe_bars::{SevereBars, SevereRow, severe_bars};

/// The style sheet of the charts: the colours as custom properties for light
/// and dark (by the reader's preference, or `data-theme` on the root element)
/// and for print, and what each class looks like.
pub const CSS: &str = include_str!("chart.css");

/// A chart as a file of its own, with the style sheet inside.
pub fn standalone(svg: &str) -> String {
    match svg.split_once('\n') {
        Some((head, rest)) => format!("{head}\n<style>{CSS}</style>\n{rest}"),
        None => svg.to_owned(),
    }
}
