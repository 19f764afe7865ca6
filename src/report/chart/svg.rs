//! A small builder of SVG. Numbers are written with at most one decimal, so
//! that the same data give the same bytes on every machine.

use std::fmt::Write as _;

use super::data::Caption;
use super::text::{self, Style, escape};

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The text begins at the point.
    Start,
    /// The point is its middle.
    Middle,
    /// The text ends at the point.
    End,
}

/// A coordinate: one decimal, no negative zero, nothing but finite numbers.
pub(super) fn n(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let mut out = format!("{value:.1}");
    if let Some(whole) = out.strip_suffix(".0") {
        out = whole.to_owned();
    }
    if out == "-0" { "0".to_owned() } else { out }
}

/// A drawing in the making.
#[derive(Debug, Default)]
pub(super) struct Svg {
    body: String,
    open: usize,
}

impl Svg {
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let _ = writeln!(
            self.body,
            r#"<line class="{class}" x1="{}" y1="{}" x2="{}" y2="{}"/>"#,
            n(from.0),
            n(from.1),
            n(to.0),
            n(to.1)
        );
    }

    /// A rectangle; one without area is not drawn.
    pub fn rect(&mut self, at: (f64, f64), size: (f64, f64), class: &str) {
        if size.0 < 0.05 || size.1 < 0.05 {
            return;
        }
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}"/>"#,
            n(at.0),
            n(at.1),
            n(size.0),
            n(size.1)
        );
    }

    /// A rectangle with round corners.
    pub fn pill(&mut self, at: (f64, f64), size: (f64, f64), class: &str) {
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}" rx="3"/>"#,
            n(at.0),
            n(at.1),
            n(size.0),
            n(size.1)
        );
    }

    pub fn circle(&mut self, at: (f64, f64), radius: f64, class: &str) {
        let _ = writeln!(
            self.body,
            r#"<circle class="{class}" cx="{}" cy="{}" r="{}"/>"#,
            n(at.0),
            n(at.1),
            n(radius)
        );
    }

    /// Straight lines through the points.
    pub fn polyline(&mut self, points: &[(f64, f64)], closed: bool, class: &str) {
        let Some((first, rest)) = points.split_first() else {
            return;
        };
        let mut d = format!("M{} {}", n(first.0), n(first.1));
        for point in rest {
            let _ = write!(d, "L{} {}", n(point.0), n(point.1));
        }
        if closed {
            d.push('Z');
        }
        let _ = writeln!(self.body, r#"<path class="{class}" d="{d}"/>"#);
    }

    /// Slanted lines that fill a rectangle: a pattern that prints in grey. They
    /// are drawn one by one, because a `<pattern>` needs an id, and ids of
    /// several charts on one page would get mixed up.
    pub fn hatch(&mut self, at: (f64, f64), size: (f64, f64), gap: f64, class: &str) {
        let (width, height) = size;
        if width < 0.05 || height < 0.05 || gap < 1.0 {
            return;
        }
        let mut d = String::new();
        let mut c = gap;
        while c < width + height && d.len() < 20_000 {
            // The line x + y = c, from its upper right to its lower left end.
            let (x1, y1) = if c <= width {
                (c, 0.0)
            } else {
                (width, c - width)
            };
            let (x2, y2) = if c <= height {
                (0.0, c)
            } else {
                (c - height, height)
            };
            let _ = write!(
                d,
                "M{} {}L{} {}",
                n(at.0 + x1),
                n(at.1 + y1),
                n(at.0 + x2),
                n(at.1 + y2)
            );
            c += gap;
        }
        if !d.is_empty() {
            let _ = writeln!(self.body, r#"<path class="{class}" d="{d}"/>"#);
        }
    }

    pub fn text(&mut self, at: (f64, f64), side: Side, style: Style, content: &str) {
        self.text_as(at, side, style, "", content);
    }

    /// A text with a further class.
    pub fn text_as(
        &mut self,
        at: (f64, f64),
        side: Side,
        style: Style,
        class: &str,
        content: &str,
    ) {
        let gap = if class.is_empty() { "" } else { " " };
        let _ = writeln!(
            self.body,
            r#"<text class="{}{gap}{class}{}" x="{}" y="{}">{}</text>"#,
            style.class,
            match side {
                Side::Start => "",
                Side::Middle => " c-mid",
                Side::End => " c-end",
            },
            n(at.0),
            n(at.1),
            escape(content)
        );
    }

    /// A text that is cut to the room there is; the whole of it is its title.
    pub fn text_fit(&mut self, at: (f64, f64), side: Side, style: Style, room: f64, content: &str) {
        let shown = text::fit(content, style, room);
        if shown == text::plain(content) {
            self.text(at, side, style, content);
        } else {
            self.open(content);
            self.text(at, side, style, &shown);
            self.close();
        }
    }

    /// A text that rises from its point at 45 degrees.
    pub fn text_slanted(&mut self, at: (f64, f64), style: Style, room: f64, content: &str) {
        let shown = text::fit(content, style, room);
        let (x, y) = (n(at.0), n(at.1));
        self.open(content);
        let _ = writeln!(
            self.body,
            r#"<text class="{}" x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{}</text>"#,
            style.class,
            escape(&shown)
        );
        self.close();
    }

    /// Begins a group that shows `title` to a pointer.
    pub fn open(&mut self, title: &str) {
        self.open += 1;
        let _ = write!(self.body, "<g>");
        if !title.is_empty() {
            let _ = write!(self.body, "<title>{}</title>", escape(title));
        }
        self.body.push('\n');
    }

    pub fn close(&mut self) {
        if self.open > 0 {
            self.open -= 1;
            self.body.push_str("</g>\n");
        }
    }

    /// The whole drawing, with its text alternative.
    pub fn finish(mut self, caption: &Caption, alternative: &str, size: (f64, f64)) -> String {
        while self.open > 0 {
            self.close();
        }
        let simulated = match caption.simulated.as_str() {
            "" => String::new(),
            mark => format!("{}. ", escape(mark)),
        };
        let title = escape(&caption.title);
        let (width, height) = (n(size.0), n(size.1));
        format!(
            concat!(
                r#"<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" "#,
                r#"aria-label="{simulated}{title}" viewBox="0 0 {width} {height}" "#,
                r#"width="{width}" height="{height}">"#,
                "\n<title>{simulated}{title}</title>\n<desc>{alternative}</desc>\n{body}</svg>\n"
            ),
            simulated = simulated,
            title = title,
            width = width,
            height = height,
            alternative = escape(alternative),
            body = self.body,
        )
    }
}
