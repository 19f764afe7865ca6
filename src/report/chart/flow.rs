//! How harm flows through the stages of a panel: a waterfall. Each stage shows
//! what it prevented (down), what it added (up), and what it hands on.

use super::data::{BySeverity, Caption, SEVERITIES};
use super::format::Format;
use super::parts::{self, WIDTH};
use super::scale::Scale;
use super::svg::{Side, Svg};
use super::text::{self, HEAD, LABEL, NOTE, NUMBER, NUMBER_STRONG, STRONG, TICK};

const PLOT: f64 = 230.0;
const BAR: f64 = 16.0;
const TOTAL: f64 = 26.0;

/// Harms through the stages.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What stands above it.
    pub caption: Caption,
    /// What is counted, with its base: `harms per 100 items`.
    pub measure: String,
    /// How numbers are written.
    pub format: Format,
    /// The stages in their order: drafts, pooling, consensus, guardians, render.
    pub stages: Vec<FlowStage>,
}

/// One stage.
#[derive(Clone, Debug)]
pub struct FlowStage {
    /// Its name.
    pub label: String,
    /// Harms of what it hands on; `None`: that was not judged.
    pub carried: Option<BySeverity>,
    /// Harms that it brought in. `None` for the first stage.
    pub added: Option<BySeverity>,
    /// Harms that it took away. `None` for the first stage.
    pub prevented: Option<BySeverity>,
}

fn drawable(harms: Option<BySeverity>) -> Option<BySeverity> {
    harms.filter(|h| h.drawable())
}

/// Draws it.
pub fn flow(data: &Flow) -> String {
    let caption = &data.caption;
    if data.stages.iter().all(|s| drawable(s.carried).is_none()) {
        let why = "No stage was judged: the harms on the way are not known.";
        return parts::nothing(caption, why);
    }
    let mut values = vec![0.0];
    let mut level = 0.0_f64;
    for stage in &data.stages {
        let added = drawable(stage.added).map_or(0.0, BySeverity::total);
        let prevented = drawable(stage.prevented).map_or(0.0, BySeverity::total);
        values.push(level - prevented);
        values.push(level - prevented + added);
        level = drawable(stage.carried).map_or(level, BySeverity::total);
        values.push(level);
    }
    // A stage that claims to prevent more than there was must not reach below 0.
    let values: Vec<f64> = values.into_iter().map(|v| v.max(0.0)).collect();
    let number = values
        .iter()
        .map(|v| text::width(&data.format.signed(*v), NUMBER_STRONG))
        .fold(20.0, f64::max);

    let mut svg = Svg::default();
    let left = 78.0;
    let count = data.stages.len() as f64;
    let block =
        ((WIDTH - left) / count).clamp((3.4 * number).max(92.0), 170.0_f64.max(3.4 * number));
    let width = (left + block * count).max(WIDTH);
    let top = parts::head(&mut svg, caption, width) + 34.0;
    let bottom = top + PLOT;
    svg.text_fit(
        (0.0, top - 22.0),
        Side::Start,
        HEAD,
        width / 2.0,
        &data.measure,
    );
    colours(&mut svg, (width, top - 22.0));
    let Some(scale) = Scale::linear(&values, (bottom, top), data.format, 38.0) else {
        return parts::nothing(caption, "There is nothing to draw.");
    };
    scale.draw_y(&mut svg, left - 6.0, left + block * count);

    let mut level = None;
    for (index, stage) in data.stages.iter().enumerate() {
        let x = left + block * index as f64;
        level = draw_stage(&mut svg, data, stage, &scale, (x, block), level);
    }
    let zero = scale.at(0.0);
    svg.line((left - 6.0, zero), (left + block * count, zero), "c-zero");
    let end = table(&mut svg, data, left, block, bottom);
    let sentences: Vec<String> = data.stages.iter().map(|s| sentence(data, s)).collect();
    let alternative = parts::told(&format!("{} by stage.", data.measure), &sentences);
    svg.finish(caption, &alternative, (width, end))
}

/// What the colours mean, ending at a point.
fn colours(svg: &mut Svg, (right, y): (f64, f64)) {
    let items = [
        ("s-b0".to_owned(), false, "carried or added"),
        ("s-g0".to_owned(), false, "prevented"),
    ];
    let room: f64 = items
        .iter()
        .map(|(.., words)| 35.0 + text::width(words, NOTE))
        .sum();
    parts::key(svg, (right - room, y), &items);
}

/// The middles of a stage's three bars.
fn middles(x: f64, block: f64) -> [f64; 3] {
    [x + block * 0.2, x + block * 0.45, x + block * 0.77]
}

/// Draws a stage; returns the level that it hands on.
fn draw_stage(
    svg: &mut Svg,
    data: &Flow,
    stage: &FlowStage,
    scale: &Scale,
    (x, block): (f64, f64),
    before: Option<f64>,
) -> Option<f64> {
    let [down, up, total] = middles(x, block);
    let mut level = before;
    svg.open(&sentence(data, stage));
    if let (Some(start), Some(prevented)) = (level, drawable(stage.prevented)) {
        let end = (start - prevented.total()).max(0.0);
        stack(svg, prevented, start, -1.0, scale, (down, BAR), true);
        let words = data.format.signed(-prevented.total());
        if prevented.total() > 0.0 {
            // Below its bar; above it where the axis would go through the number.
            let below = scale.at(end) + 14.0;
            let y = if below > scale.at(0.0) - 3.0 {
                scale.at(start) - 5.0
            } else {
                below
            };
            svg.text_as((down, y), Side::Middle, NUMBER, "c-good", &words);
        }
        let begin = x - block * 0.23 + TOTAL / 2.0;
        if prevented.total() > 0.0 {
            link(svg, (begin, down - BAR / 2.0), scale.at(start));
            link(svg, (down + BAR / 2.0, up - BAR / 2.0), scale.at(end));
        } else {
            link(svg, (begin, up - BAR / 2.0), scale.at(end));
        }
        level = Some(end);
    }
    if let (Some(start), Some(added)) = (level, drawable(stage.added)) {
        stack(svg, added, start, 1.0, scale, (up, BAR), false);
        let end = start + added.total();
        if added.total() > 0.0 {
            let words = data.format.signed(added.total());
            let at = (up, scale.at(end) - 5.0);
            svg.text_as(at, Side::Middle, NUMBER, "c-bad", &words);
        }
        let nothing = added.total() <= 0.0;
        let begin = if nothing { -BAR / 2.0 } else { BAR / 2.0 };
        link(svg, (up + begin, total - TOTAL / 2.0), scale.at(end));
    }
    let carried = drawable(stage.carried);
    match carried {
        Some(carried) => {
            stack(svg, carried, 0.0, 1.0, scale, (total, TOTAL), false);
            let shown = data.format.show(carried.total());
            let at = (total, scale.at(carried.total()) - 5.0);
            svg.text(at, Side::Middle, NUMBER_STRONG, &shown);
        }
        None => {
            let at = (total, scale.at(0.0) - 6.0);
            svg.text_as(at, Side::Middle, TICK, "c-quiet", "not judged");
        }
    }
    svg.close();
    carried.map(BySeverity::total).or(before)
}

/// A thin line at a level, from bar to bar.
fn link(svg: &mut Svg, (from, to): (f64, f64), y: f64) {
    svg.line((from, y), (to, y), "c-link");
}

/// Bars on each other, severe first, upwards or downwards from a level.
fn stack(
    svg: &mut Svg,
    harms: BySeverity,
    from: f64,
    direction: f64,
    scale: &Scale,
    (middle, width): (f64, f64),
    good: bool,
) {
    let mut level = from;
    for (index, part) in harms.parts().into_iter().enumerate() {
        let next = (level + direction * part).max(0.0);
        let (y1, y2) = (scale.at(level.max(next)), scale.at(level.min(next)));
        let (class, hatched) = parts::severity_bar(index, good);
        let at = (middle - width / 2.0, y1);
        parts::bar(svg, at, (width, y2 - y1), &class, hatched);
        level = next;
    }
}

/// The numbers by severity, each under its bar; their names are the key.
fn table(svg: &mut Svg, data: &Flow, left: f64, block: f64, bottom: f64) -> f64 {
    let mut lines = 1;
    for (index, stage) in data.stages.iter().enumerate() {
        let x = left + block * index as f64;
        let [_, up, _] = middles(x, block);
        let names = text::wrap(&stage.label, STRONG, block - 10.0, 2);
        lines = lines.max(names.len());
        svg.open(&stage.label);
        for (line, name) in names.iter().enumerate() {
            let at = (up + block * 0.05, bottom + 18.0 + 15.0 * line as f64);
            svg.text(at, Side::Middle, STRONG, name);
        }
        svg.close();
    }
    let mut y = bottom + 20.0 + 15.0 * lines as f64;
    for (severity, name) in SEVERITIES.into_iter().enumerate() {
        let (class, hatched) = parts::severity_bar(severity, false);
        parts::bar(svg, (0.0, y - 9.0), (12.0, 10.0), &class, hatched);
        svg.text((17.0, y), Side::Start, LABEL, name);
        for (index, stage) in data.stages.iter().enumerate() {
            let [down, up, total] = middles(left + block * index as f64, block);
            let part = |harms: Option<BySeverity>| {
                drawable(harms).and_then(|h| h.parts().get(severity).copied())
            };
            if let Some(v) = part(stage.prevented).filter(|v| *v > 0.0) {
                let words = data.format.signed(-v);
                svg.text_as((down, y), Side::Middle, TICK, "c-good", &words);
            }
            if let Some(v) = part(stage.added).filter(|v| *v > 0.0) {
                let words = data.format.signed(v);
                svg.text_as((up, y), Side::Middle, TICK, "c-bad", &words);
            }
            let words = part(stage.carried).map_or_else(|| "–".to_owned(), |v| data.format.show(v));
            svg.text((total, y), Side::Middle, NUMBER, &words);
        }
        y += 18.0;
    }
    y - 8.0
}

/// Harms in words.
fn in_words(data: &Flow, harms: BySeverity) -> String {
    let parts: Vec<String> = harms
        .parts()
        .into_iter()
        .zip(SEVERITIES)
        .map(|(v, name)| format!("{} {name}", data.format.show(v)))
        .collect();
    parts.join(", ")
}

/// A stage in words.
fn sentence(data: &Flow, stage: &FlowStage) -> String {
    let mut said = Vec::new();
    if let Some(harms) = drawable(stage.prevented) {
        said.push(format!("prevented {}", in_words(data, harms)));
    }
    if let Some(harms) = drawable(stage.added) {
        said.push(format!("added {}", in_words(data, harms)));
    }
    match drawable(stage.carried) {
        Some(harms) => said.push(format!("hands on {}", in_words(data, harms))),
        None => said.push("what it hands on was not judged".to_owned()),
    }
    format!("{}: {}.", stage.label, said.join("; "))
}
