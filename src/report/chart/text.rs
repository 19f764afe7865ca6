//! Text of charts: how wide it will be, where it is cut, how it is escaped.
//!
//! An SVG cannot ask the browser for a width before it is drawn, so widths are
//! estimated from a table. The table holds the advance widths of DejaVu Sans,
//! the widest font that the `system-ui` stack is likely to meet; with narrower
//! fonts there is a little more air, and nothing is cut.

/// Advance widths of the characters 32 to 126, in hundredths of an em.
const WIDTHS: [u8; 95] = [
    32, 41, 46, 84, 64, 95, 78, 28, 39, 39, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 77, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75,
    79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 39, 34, 39, 84, 50, 50, 62, 64, 55, 64, 62, 36,
    64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];

/// How a text is set. The size must be that of its class in `chart.css`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// The class in the style sheet.
    pub class: &'static str,
    /// Size in pixels.
    pub size: f64,
    /// Whether it is bold.
    pub bold: bool,
}

const fn style(class: &'static str, size: f64, bold: bool) -> Style {
    Style { class, size, bold }
}

/// The title of a chart.
pub(super) const TITLE: Style = style("c-title", 15.0, true);
/// What stands below a title.
pub(super) const NOTE: Style = style("c-note", 12.0, false);
/// Names of rows and columns.
pub(super) const LABEL: Style = style("c-label", 12.5, false);
/// Names of what the chart is about.
pub(super) const STRONG: Style = style("c-label c-strong", 12.5, true);
/// Headings of columns and groups.
pub(super) const HEAD: Style = style("c-head", 11.5, true);
/// Numbers.
pub(super) const NUMBER: Style = style("c-num", 12.0, false);
/// Numbers that matter most.
pub(super) const NUMBER_STRONG: Style = style("c-num c-strong", 12.0, true);
/// Numbers of an axis, and its label.
pub(super) const TICK: Style = style("c-tick", 11.5, false);
/// Labels inside a plot.
pub(super) const POINT: Style = style("c-point", 11.5, false);
/// Labels inside a plot of what the chart is about.
pub(super) const POINT_STRONG: Style = style("c-point c-strong", 11.5, true);
/// Numbers in the cells of a grid.
pub(super) const CELL: Style = style("c-cell", 11.5, false);
/// The word SIMULATED.
pub(super) const BADGE: Style = style("c-badge", 11.0, true);

/// Width of one character in hundredths of an em.
fn advance(c: char) -> f64 {
    let code = u32::from(c);
    let known = code
        .checked_sub(32)
        .and_then(|at| usize::try_from(at).ok())
        .and_then(|at| WIDTHS.get(at));
    match (known, code) {
        (Some(width), _) => f64::from(*width),
        // Signs that charts use: minus, arrows, comparisons.
        (None, 0x2190..=0x22ff) => 84.0,
        (None, 0x2000..=0x206f) => 100.0,
        (None, 0x0300..=0x036f) => 0.0,
        (None, 0x80..=0x10ff) => 72.0,
        // Chinese, Japanese, Korean, signs and pictures.
        (None, _) => 110.0,
    }
}

/// Estimated width in pixels.
pub(super) fn width(text: &str, style: Style) -> f64 {
    let ems: f64 = text.chars().map(advance).sum::<f64>() / 100.0;
    ems * style.size * if style.bold { 1.12 } else { 1.0 }
}

/// The text as it may be shown: one line, without signs that XML forbids or
/// that turn the direction of what follows.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() => None,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => None,
            c => Some(c),
        })
        .collect()
}

/// The text for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The text, cut with `…` if it is wider than `room` pixels.
pub(super) fn fit(text: &str, style: Style, room: f64) -> String {
    let text = plain(text);
    if width(&text, style) <= room {
        return text;
    }
    let mut kept = text;
    while kept.pop().is_some() {
        let cut = format!("{}…", kept.trim_end());
        if width(&cut, style) <= room {
            return cut;
        }
    }
    "…".to_owned()
}

/// The text in lines of at most `room` pixels; what does not fit into `lines`
/// lines is cut with `…`. Lines break at spaces, and after `-`, `:`, `/`.
pub(super) fn wrap(text: &str, style: Style, room: f64, lines: usize) -> Vec<String> {
    let text = plain(text);
    let mut done: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive([' ', '-', ':', '/']) {
        let longer = format!("{line}{word}");
        if width(longer.trim_end(), style) <= room || line.is_empty() {
            line = longer;
        } else if done.len() + 1 < lines {
            done.push(fit(&line, style, room).trim_end().to_owned());
            word.clone_into(&mut line);
        } else {
            line = longer;
        }
    }
    if !line.trim().is_empty() {
        done.push(fit(line.trim_end(), style, room));
    }
    done
}
