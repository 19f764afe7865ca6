//! What guardians did to the harm of plans: prevented to the left, added to the
//! right, by severity, severe harm next to the middle.

use super::data::{BySeverity, Caption, SEVERITIES};
use super::format::{Format, known};
use super::parts::{self, WIDE};
use super::scale::Scale;
use super::svg::{Side, Svg};
use super::text::{self, HEAD, LABEL, NUMBER, NUMBER_STRONG, POINT, TICK};

const ROW: f64 = 30.0;
const BAR: f64 = 16.0;

/// Guardians and their effects.
#[derive(Clone, Debug)]
pub struct GuardianEffect {
    /// What stands above it.
    pub caption: Caption,
    /// What is counted, with its base: `harms per 100 items`.
    pub measure: String,
    /// How numbers are written.
    pub format: Format,
    /// The guardians.
    pub rows: Vec<GuardianRow>,
}

/// One guardian.
#[derive(Clone, Debug)]
pub struct GuardianRow {
    /// Its name.
    pub label: String,
    /// Harms that plans have after it and had not before.
    pub added: Option<BySeverity>,
    /// Harms that plans had before it and have no more.
    pub prevented: Option<BySeverity>,
    /// Cases that came to have a severe harm, less those that came to have none.
    pub net_severe_cases: Option<f64>,
    /// Edits carried out, and refused.
    pub edits: Option<(usize, usize)>,
}

impl GuardianRow {
    fn both(&self) -> Option<(BySeverity, BySeverity)> {
        let drawable = |harms: Option<BySeverity>| harms.filter(|h| h.drawable());
        Some((drawable(self.added)?, drawable(self.prevented)?))
    }
}

/// Draws it.
pub fn guardian_effect(data: &GuardianEffect) -> String {
    let caption = &data.caption;
    if data.rows.is_empty() {
        return parts::nothing(caption, "The panel has no guardians.");
    }
    let values: Vec<f64> = data
        .rows
        .iter()
        .filter_map(GuardianRow::both)
        .flat_map(|(added, prevented)| [added.total(), -prevented.total()])
        .chain([0.0])
        .collect();
    if values.len() < 2 {
        let why = "No plan was judged before and after a guardian.";
        return parts::nothing(caption, why);
    }
    let mut svg = Svg::default();
    let mut top = parts::head(&mut svg, caption, WIDE) + 10.0;
    key(&mut svg, top);
    top += 34.0;
    let labels = data
        .rows
        .iter()
        .map(|row| text::width(&row.label, LABEL))
        .fold(60.0, f64::max)
        .min(parts::LABEL_ROOM);
    let spots = [WIDE - 250.0, WIDE - 112.0, WIDE];
    let end_room = values
        .iter()
        .map(|v| text::width(&data.format.signed(*v), NUMBER))
        .fold(0.0, f64::max)
        + 8.0;
    let left = labels + 14.0 + end_room;
    let right = spots[0] - 58.0 - end_room;
    let Some(mut scale) = Scale::linear(&values, (left, right), data.format, 52.0) else {
        return parts::nothing(caption, "There is nothing to draw.");
    };
    for tick in &mut scale.ticks {
        tick.label = tick.label.replace('−', "");
    }
    let bottom = top + ROW * data.rows.len() as f64 + 4.0;
    scale.draw_x(&mut svg, top, bottom);
    let zero = scale.at(0.0);
    for (x, words) in spots.iter().zip(["net", "severe cases, net", "edits made"]) {
        svg.text((*x, top - 8.0), Side::End, HEAD, words);
    }
    svg.text((zero - 8.0, top - 8.0), Side::End, HEAD, "← prevented");
    svg.text((zero + 8.0, top - 8.0), Side::Start, HEAD, "added →");
    for (index, row) in data.rows.iter().enumerate() {
        let y = top + ROW * (index as f64 + 0.5) + 2.0;
        svg.text_fit((0.0, y + 4.0), Side::Start, LABEL, labels, &row.label);
        draw_row(&mut svg, data, row, &scale, y, spots);
    }
    svg.line((zero, top), (zero, bottom), "c-zero");
    let at = ((left + right) / 2.0, bottom + 33.0);
    svg.text_as(at, Side::Middle, TICK, "", &data.measure);
    let sentences: Vec<String> = data.rows.iter().map(|r| sentence(data, r)).collect();
    let alternative = parts::told(&format!("{}.", data.measure), &sentences);
    svg.finish(caption, &alternative, (WIDE, bottom + 40.0))
}

/// The patterns of severities, prevented and added.
fn key(svg: &mut Svg, y: f64) {
    let items: Vec<(String, bool, &str)> = SEVERITIES
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            let (class, hatched) = parts::severity_bar(index, false);
            (class, hatched, name)
        })
        .collect();
    // Two swatches for each name: as prevented, and as added.
    let mut x = 0.0;
    for (index, (class, hatched, name)) in items.iter().enumerate() {
        let (good, _) = parts::severity_bar(index, true);
        parts::bar(svg, (x, y - 9.0), (12.0, 10.0), &good, *hatched);
        x += 14.0;
        x = parts::key(svg, (x, y), &[(class.clone(), *hatched, name)]);
    }
}

fn draw_row(
    svg: &mut Svg,
    data: &GuardianEffect,
    row: &GuardianRow,
    scale: &Scale,
    y: f64,
    spots: [f64; 3],
) {
    svg.open(&sentence(data, row));
    let [net, cases, edits] = spots;
    match row.both() {
        Some((added, prevented)) => {
            for (harms, sign, good) in [(prevented, -1.0, true), (added, 1.0, false)] {
                let mut sum = 0.0;
                for (index, part) in harms.parts().into_iter().enumerate() {
                    let (a, b) = (scale.at(sign * sum), scale.at(sign * (sum + part)));
                    let (class, hatched) = parts::severity_bar(index, good);
                    let at = (a.min(b), y - BAR / 2.0);
                    parts::bar(svg, at, ((a - b).abs(), BAR), &class, hatched);
                    sum += part;
                }
                let words = data.format.show(sum);
                let (side, shift) = if good {
                    (Side::End, -6.0)
                } else {
                    (Side::Start, 6.0)
                };
                svg.text((scale.at(sign * sum) + shift, y + 4.0), side, POINT, &words);
            }
            let change = added.total() - prevented.total();
            let words = data.format.signed(change);
            svg.text((net, y + 4.0), Side::End, NUMBER_STRONG, &words);
        }
        None => svg.text_as((net, y + 4.0), Side::End, NUMBER, "c-quiet", "not judged"),
    }
    let words = known(row.net_severe_cases).map_or_else(|| "–".to_owned(), |v| cases_text(data, v));
    svg.text((cases, y + 4.0), Side::End, NUMBER, &words);
    let words = row.edits.map_or_else(
        || "–".to_owned(),
        |(done, refused)| format!("{done} of {}", done.saturating_add(refused)),
    );
    svg.text((edits, y + 4.0), Side::End, NUMBER, &words);
    svg.close();
}

/// A change of cases: a count without decimals, a rate as other rates.
fn cases_text(data: &GuardianEffect, value: f64) -> String {
    if value.fract() == 0.0 && data.format.factor() == 1.0 {
        Format::Number(0).signed(value)
    } else {
        data.format.signed(value)
    }
}

/// A row in words.
fn sentence(data: &GuardianEffect, row: &GuardianRow) -> String {
    let in_words = |harms: BySeverity| {
        let parts: Vec<String> = harms
            .parts()
            .into_iter()
            .zip(SEVERITIES)
            .map(|(v, name)| format!("{} {name}", data.format.show(v)))
            .collect();
        parts.join(", ")
    };
    let mut said = match row.both() {
        Some((added, prevented)) => format!(
            "prevented {}; added {}",
            in_words(prevented),
            in_words(added)
        ),
        None => "not judged".to_owned(),
    };
    if let Some(net) = known(row.net_severe_cases) {
        said.push_str(&format!(
            "; cases with severe harm {}",
            cases_text(data, net)
        ));
    }
    if let Some((done, refused)) = row.edits {
        said.push_str(&format!("; {done} edits carried out, {refused} refused"));
    }
    format!("{}: {said}.", row.label)
}
