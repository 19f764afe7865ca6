//! What several charts share: the head, marks, whiskers, rows with headings,
//! keys, and the chart that has nothing to show.

use super::data::{ArmKind, Caption, Estimate};
use super::scale::Scale;
use super::svg::{Side, Svg};
use super::text::{self, BADGE, HEAD, LABEL, NOTE, STRONG, Style, TITLE};

/// Width of a chart: one for all, so that charts below each other have their
/// edges in line.
pub(super) const WIDTH: f64 = 900.0;
/// Width of a chart of several columns.
pub(super) const WIDE: f64 = WIDTH;
/// The widest that names of rows get.
pub(super) const LABEL_ROOM: f64 = 262.0;

/// Title, note, and the word SIMULATED; returns where the chart may begin.
pub(super) fn head(svg: &mut Svg, caption: &Caption, width: f64) -> f64 {
    // A long list of parts does not push the title away.
    let mark = text::fit(&caption.simulated, BADGE, width / 2.0);
    let badge = text::width(&mark, BADGE) + 14.0;
    let room = if mark.is_empty() {
        width
    } else {
        width - badge - 16.0
    };
    let mut y = 2.0;
    for line in text::wrap(&caption.title, TITLE, room, 2) {
        y += 17.0;
        svg.text((0.0, y), Side::Start, TITLE, &line);
    }
    for line in text::wrap(&caption.note, NOTE, room, 3) {
        y += 17.0;
        svg.text((0.0, y), Side::Start, NOTE, &line);
    }
    if !mark.is_empty() {
        svg.pill((width - badge - 1.0, 3.0), (badge, 19.0), "c-badge-box");
        let at = (width - 1.0 - badge / 2.0, 16.5);
        svg.text(at, Side::Middle, BADGE, &mark);
        y = y.max(22.0);
    }
    y + 14.0
}

/// A chart that draws nothing and says why.
pub(super) fn nothing(caption: &Caption, why: &str) -> String {
    let mut svg = Svg::default();
    let top = head(&mut svg, caption, WIDTH);
    svg.pill((0.5, top), (WIDTH - 1.0, 44.0), "c-void");
    let at = (14.0, top + 26.5);
    svg.text_fit(at, Side::Start, NOTE, WIDTH - 28.0, why);
    svg.finish(caption, why, (WIDTH, top + 46.0))
}

/// The style of a row's name.
pub(super) fn label_style(kind: ArmKind) -> Style {
    match kind {
        ArmKind::Panel => STRONG,
        ArmKind::Member | ArmKind::Baseline => LABEL,
    }
}

/// Room for the names of rows.
pub(super) fn label_room<'a>(rows: impl Iterator<Item = (&'a str, ArmKind)>) -> f64 {
    rows.map(|(label, kind)| text::width(&text::plain(label), label_style(kind)))
        .fold(60.0, f64::max)
        .min(LABEL_ROOM)
}

/// The mark of an arm at its estimate.
pub(super) fn mark(svg: &mut Svg, at: (f64, f64), kind: ArmKind) {
    match kind {
        ArmKind::Panel => svg.rect((at.0 - 5.0, at.1 - 5.0), (10.0, 10.0), "m-panel"),
        ArmKind::Member => svg.circle(at, 4.5, "m-member"),
        ArmKind::Baseline => {
            let (x, y) = at;
            let corners = [(x, y - 6.0), (x + 6.0, y), (x, y + 6.0), (x - 6.0, y)];
            svg.polyline(&corners, true, "m-base");
        }
    }
}

/// A horizontal interval with end strokes; its estimate's mark goes on top.
pub(super) fn whisker(svg: &mut Svg, scale: &Scale, y: f64, estimate: Estimate, kind: ArmKind) {
    if let Some((lo, hi)) = estimate.interval {
        let (x1, x2) = (scale.at(lo), scale.at(hi));
        let class = format!("w-{}", kind.class());
        svg.line((x1, y), (x2, y), &class);
        for x in [x1, x2] {
            svg.line((x, y - 3.5), (x, y + 3.5), &class);
        }
    }
    mark(svg, (scale.at(estimate.mean), y), kind);
}

/// Rows under the headings of their kinds.
pub(super) struct Rows {
    /// Index of the row in the data, and the middle of its height.
    pub places: Vec<(usize, f64)>,
    /// Where the last row ends.
    pub bottom: f64,
}

/// Puts rows in the order of their kinds, keeping the order within a kind, and
/// writes headings where there is more than one kind.
pub(super) fn rows(svg: &mut Svg, kinds: &[ArmKind], top: f64, height: f64, width: f64) -> Rows {
    let mut order: Vec<(ArmKind, usize)> = kinds.iter().copied().zip(0..).collect();
    order.sort();
    let several = kinds.windows(2).any(|pair| match pair {
        [a, b] => a != b,
        _ => false,
    });
    let mut y = top;
    let mut last = None;
    let mut places = Vec::new();
    for (kind, index) in order {
        if several && last != Some(kind) {
            if last.is_some() {
                y += 5.0;
                svg.line((0.0, y), (width, y), "c-rule");
            }
            svg.text((0.0, y + 16.0), Side::Start, HEAD, kind.heading());
            y += 22.0;
        }
        last = Some(kind);
        places.push((index, y + height / 2.0));
        y += height;
    }
    Rows {
        places,
        bottom: y + 4.0,
    }
}

/// A bar with a pattern: solid, hatched, or pale with an outline.
pub(super) fn bar(svg: &mut Svg, at: (f64, f64), size: (f64, f64), class: &str, hatched: bool) {
    svg.rect(at, size, class);
    if hatched {
        svg.hatch(at, size, 5.0, "c-hatch");
    }
}

/// The class of a severity's bar, and whether it is hatched. `good` bars are
/// harms prevented.
pub(super) fn severity_bar(index: usize, good: bool) -> (String, bool) {
    let side = if good { "g" } else { "b" };
    (format!("s-{side}{index}"), index == 1)
}

/// A key in one line: swatch and words, one after the other. Returns its end.
pub(super) fn key(svg: &mut Svg, at: (f64, f64), items: &[(String, bool, &str)]) -> f64 {
    let (mut x, y) = at;
    for (class, hatched, words) in items {
        bar(svg, (x, y - 9.0), (14.0, 10.0), class, *hatched);
        svg.text((x + 19.0, y), Side::Start, NOTE, words);
        x += 19.0 + text::width(words, NOTE) + 16.0;
    }
    x
}

/// The start of a text alternative: at most this many rows are told.
const TOLD: usize = 40;

/// A text alternative out of one sentence per row.
pub(super) fn told(intro: &str, sentences: &[String]) -> String {
    let mut out = intro.to_owned();
    for sentence in sentences.iter().take(TOLD) {
        out.push(' ');
        out.push_str(sentence);
    }
    if sentences.len() > TOLD {
        out.push_str(&format!(" And {} more.", sentences.len() - TOLD));
    }
    out
}
