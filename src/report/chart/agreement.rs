//! How far judges agree, by tier: shares of full, partial and no agreement, and
//! kappa with its interval.

use super::data::{ArmKind, Caption, Estimate};
use super::format::{Format, fixed};
use super::parts::{self, WIDE};
use super::scale::Scale;
use super::svg::{Side, Svg};
use super::text::{self, HEAD, LABEL, NUMBER, NUMBER_STRONG, TICK};

const ROW: f64 = 30.0;
const BAR: f64 = 18.0;
/// Width of the plot of kappa.
const KAPPA: f64 = 180.0;

/// Agreement by tier.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    /// What stands above it.
    pub caption: Caption,
    /// The tiers.
    pub rows: Vec<AgreementRow>,
}

/// One tier.
#[derive(Clone, Debug)]
pub struct AgreementRow {
    /// Its name.
    pub label: String,
    /// Verdicts that were the same.
    pub yes: f64,
    /// Verdicts that were near: one said partial.
    pub partial: f64,
    /// Verdicts that were opposite.
    pub no: f64,
    /// Kappa, or another coefficient that corrects for chance.
    pub kappa: Option<Estimate>,
}

impl AgreementRow {
    fn counts(&self) -> Option<[f64; 3]> {
        let counts = [self.yes, self.partial, self.no]
            .map(|v| super::format::finite(v).unwrap_or(0.0).max(0.0));
        (counts.iter().sum::<f64>() > 0.0).then_some(counts)
    }

    fn kappa(&self) -> Option<Estimate> {
        self.kappa?.drawable()
    }
}

/// Draws it.
pub fn agreement(data: &Agreement) -> String {
    let caption = &data.caption;
    let any = data
        .rows
        .iter()
        .any(|row| row.counts().is_some() || row.kappa().is_some());
    if !any {
        return parts::nothing(
            caption,
            "No verdict was given twice, so none can be compared.",
        );
    }
    let mut svg = Svg::default();
    let mut top = parts::head(&mut svg, caption, WIDE) + 10.0;
    let items = [
        ("a-yes".to_owned(), false, "same verdict"),
        ("a-partial".to_owned(), true, "one says partial"),
        ("a-no".to_owned(), false, "opposite verdict"),
    ];
    parts::key(&mut svg, (0.0, top), &items);
    top += 34.0;
    let labels = data
        .rows
        .iter()
        .map(|row| text::width(&row.label, LABEL))
        .fold(60.0, f64::max)
        .min(parts::LABEL_ROOM);
    let shown = |row: &AgreementRow| row.kappa().map(|k| Format::Number(2).estimate(k));
    let number = data
        .rows
        .iter()
        .filter_map(shown)
        .map(|words| text::width(&words, NUMBER_STRONG))
        .fold(text::width("not defined", NUMBER), f64::max);
    let counts = data
        .rows
        .iter()
        .map(|row| text::width(&count_text(row), TICK))
        .fold(0.0, f64::max);
    let left = labels + counts + 24.0;
    let kappa_left = WIDE - number - 14.0 - KAPPA;
    let right = kappa_left - 44.0;
    let bottom = top + ROW * data.rows.len() as f64 + 2.0;

    svg.text((left, top - 8.0), Side::Start, HEAD, "share of verdicts");
    svg.text((kappa_left, top - 8.0), Side::Start, HEAD, "kappa");
    let share = Scale::linear(&[0.0, 1.0], (left, right), Format::Percent(0), 52.0);
    let kappas: Vec<f64> = data
        .rows
        .iter()
        .filter_map(AgreementRow::kappa)
        .flat_map(Estimate::reach)
        .chain([0.0, 1.0])
        .collect();
    let kappa = Scale::linear(
        &kappas,
        (kappa_left, kappa_left + KAPPA),
        Format::Number(1),
        44.0,
    );
    let (Some(share), Some(kappa)) = (share, kappa) else {
        return parts::nothing(caption, "There is nothing to draw.");
    };
    share.draw_x(&mut svg, top, bottom);
    kappa.draw_x(&mut svg, top, bottom);
    if kappa.spans_zero() {
        svg.line((kappa.at(0.0), top), (kappa.at(0.0), bottom), "c-zero");
    }
    for (index, row) in data.rows.iter().enumerate() {
        let y = top + ROW * (index as f64 + 0.5) + 1.0;
        svg.text_fit((0.0, y + 4.0), Side::Start, LABEL, labels, &row.label);
        svg.text((left - 10.0, y + 4.0), Side::End, TICK, &count_text(row));
        draw_row(&mut svg, row, (&share, &kappa), y, WIDE);
    }
    let at = ((kappa_left * 2.0 + KAPPA) / 2.0, bottom + 33.0);
    svg.text(at, Side::Middle, TICK, "0 is chance, 1 is full");
    let sentences: Vec<String> = data.rows.iter().map(sentence).collect();
    let alternative = parts::told("Agreement of judges.", &sentences);
    svg.finish(caption, &alternative, (WIDE, bottom + 40.0))
}

fn count_text(row: &AgreementRow) -> String {
    row.counts().map_or_else(String::new, |counts| {
        format!("n = {}", fixed(counts.iter().sum(), 0))
    })
}

fn draw_row(
    svg: &mut Svg,
    row: &AgreementRow,
    (share, kappa): (&Scale, &Scale),
    y: f64,
    numbers: f64,
) {
    svg.open(&sentence(row));
    match row.counts() {
        Some(counts) => {
            let all: f64 = counts.iter().sum();
            let mut sum = 0.0;
            let looks = [("a-yes", false), ("a-partial", true), ("a-no", false)];
            for (count, (class, hatched)) in counts.into_iter().zip(looks) {
                let (x1, x2) = (share.at(sum / all), share.at((sum + count) / all));
                let at = (x1, y - BAR / 2.0);
                parts::bar(svg, at, (x2 - x1, BAR), class, hatched);
                let words = Format::Percent(0).show(count / all);
                let room = text::width(&words, NUMBER);
                if x2 - x1 >= room + 8.0 {
                    let middle = (x1 + x2) / 2.0;
                    if hatched {
                        let at = (middle - room / 2.0 - 2.0, y - 7.0);
                        svg.rect(at, (room + 4.0, 14.0), class);
                    }
                    let class = format!("{class}-t");
                    svg.text_as((middle, y + 4.0), Side::Middle, NUMBER, &class, &words);
                }
                sum += count;
            }
        }
        None => {
            let at = (share.at(0.0) + 6.0, y + 4.0);
            svg.text_as(at, Side::Start, NUMBER, "c-quiet", "no verdicts");
        }
    }
    match row.kappa() {
        Some(estimate) => {
            parts::whisker(svg, kappa, y, estimate, ArmKind::Member);
            let words = Format::Number(2).estimate(estimate);
            svg.text((numbers, y + 4.0), Side::End, NUMBER, &words);
        }
        None => {
            let at = (numbers, y + 4.0);
            svg.text_as(at, Side::End, NUMBER, "c-quiet", "not defined");
        }
    }
    svg.close();
}

/// A row in words.
fn sentence(row: &AgreementRow) -> String {
    let mut said = match row.counts() {
        Some(counts) => {
            let all: f64 = counts.iter().sum();
            let [yes, partial, no] = counts.map(|v| Format::Percent(0).show(v / all));
            format!("same {yes}, partial {partial}, opposite {no}")
        }
        None => "no verdicts".to_owned(),
    };
    if let Some(kappa) = row.kappa() {
        said.push_str(&format!("; kappa {}", Format::Number(2).estimate(kappa)));
    }
    format!("{}: {said}.", row.label)
}
