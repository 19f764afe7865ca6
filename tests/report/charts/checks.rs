//! What every chart must be: well-formed, labelled, and free of numbers that are
//! none.

/// Checks that a text is well-formed XML of the kind that charts use: tags that
/// open and close in order, attributes in quotes, and nothing else.
fn well_formed(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        entities(text)?;
        let end = tail.find('>').ok_or("a tag without an end")?;
        let tag = &tail[1..end];
        rest = &tail[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (tag, own) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = tag
            .split_whitespace()
            .next()
            .ok_or("a tag without a name")?;
        let quotes = tag.matches('"').count();
        if quotes % 2 != 0 || tag.contains('<') {
            return Err(format!("attributes of <{tag}>"));
        }
        entities(tag)?;
        if !own {
            open.push(name);
        }
    }
    if !rest.trim().is_empty() || rest.contains('>') {
        return Err(format!("text after the end: {rest:?}"));
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("left open: {open:?}"))
    }
}

fn entities(text: &str) -> Result<(), String> {
    for part in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        if !known.iter().any(|k| part.starts_with(k)) {
            return Err(format!("a bare & before {part:?}"));
        }
    }
    if text.contains('>') {
        return Err("a bare >".to_owned());
    }
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        Some(c) => Err(format!("the control character {c:?}")),
        None => Ok(()),
    }
}

/// All that a reader sees or hears, without tags.
pub fn words(svg: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in svg.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// All numbers of coordinates.
fn attributes(svg: &str) -> String {
    svg.split('<')
        .filter_map(|part| part.split('>').next())
        .filter(|tag| !tag.starts_with("svg"))
        .collect::<Vec<_>>()
        .join("\n")
}

pub fn sound(svg: &str, simulated: bool) {
    if let Err(why) = well_formed(svg) {
        panic!("{why}\n{svg}");
    }
    for word in ["NaN", "inf", "-0\"", "-0 ", "-0L"] {
        assert!(!attributes(svg).contains(word), "{word}\n{svg}");
    }
    let words = words(svg);
    for word in words.split(|c: char| c.is_whitespace() || "[],;()".contains(c)) {
        assert!(
            word != "NaN" && word != "inf" && word != "-inf",
            "{word}\n{svg}"
        );
        let digits = word.chars().any(|c| c.is_ascii_digit());
        let zero = digits && !word.chars().any(|c| ('1'..='9').contains(&c));
        assert!(!(zero && word.starts_with('−')), "{word}\n{svg}");
    }
    assert!(svg.starts_with("<svg class=\"chart\""), "{svg}");
    assert!(svg.contains("role=\"img\"") && svg.contains("<title>") && svg.contains("<desc>"));
    assert_eq!(
        svg.contains(">SIMULATED"),
        simulated,
        "the word must be there if and only if it is true\n{svg}"
    );
}
