//! A panel as a tree for the terminal, with its estimate per case.

use std::fmt::Write;

use super::estimate::{Estimate, Total};
use super::model::{
    Agent, DraftChecks, EditMode, Limits, Model, Panel, Protocol, Provider, ProviderKind,
    Retention, Service, Task, USUAL_LONGEST_PAUSE, Uncertain, VoteRule,
};

/// A node of the tree.
struct Node {
    line: String,
    children: Vec<Node>,
}

/// The panel as a tree, and below it the estimate for one case. No colour.
pub fn show(panel: &Panel, estimate: &Estimate) -> String {
    let mut text = String::new();
    let mark = match (simulated(panel, true), simulated(panel, false)) {
        (false, _) => "",
        (true, false) => " [SIMULATED]",
        (true, true) => " [SIMULATED where it says so]",
    };
    let title = panel
        .title
        .as_deref()
        .map(|title| format!(": {title}"))
        .unwrap_or_default();
    let _ = writeln!(text, "{}{mark}{title}", panel.name);
    let nodes = nodes(panel);
    draw(&nodes, "", &mut text);
    text.push('\n');
    text.push_str(&table(panel, estimate));
    text
}

fn nodes(panel: &Panel) -> Vec<Node> {
    let mut nodes = vec![branch(
        "providers",
        panel.providers.values().map(|p| leaf(provider(p))),
    )];
    let models = panel.models.values().filter_map(|m| model(panel, m));
    let models: Vec<Node> = models.map(leaf).collect();
    if !models.is_empty() {
        nodes.push(branch("limits of models", models));
    }
    nodes.extend([
        branch(
            "advisors (blind, at the same time)",
            agents(panel, &panel.advisors),
        ),
        branch(
            &consensus(panel),
            panel
                .clusterer
                .iter()
                .chain(&panel.moderator)
                .map(|m| leaf(agent(panel, m))),
        ),
    ]);
    if panel.guardians.is_empty() {
        nodes.push(leaf("no guardians".into()));
    } else {
        let edits = &panel.edits;
        let order = match edits.mode {
            EditMode::Serial => "one after the other",
            EditMode::Parallel => "at the same time",
        };
        let checkers: Vec<&str> = edits
            .checker_order
            .iter()
            .take(edits.checkers)
            .map(String::as_str)
            .collect();
        let checked = if checkers.is_empty() {
            String::new()
        } else {
            format!("; checked by {}", checkers.join(", "))
        };
        let limits = format!(
            "guardians ({order}; each at most {} edits, {} added, {} removed, {} words more{checked})",
            edits.max_edits, edits.max_added, edits.max_removed, edits.max_added_words
        );
        nodes.push(branch(&limits, agents(panel, &panel.guardians)));
    }
    let alone: Vec<Node> = panel
        .alone()
        .iter()
        .map(|solo| {
            leaf(format!(
                "{} ({}), prompt {}",
                solo.model,
                of_model(panel, &solo.model),
                solo.prompt
            ))
        })
        .collect();
    if !alone.is_empty() {
        nodes.push(branch("compared alone, besides the advisors", alone));
    }
    nodes.push(leaf(draft_checks(&panel.draft_checks)));
    nodes.push(leaf(budget(panel)));
    nodes.push(leaf(service(&panel.service)));
    nodes.push(match &panel.judge {
        None => leaf("no judge: this panel answers, but is not benchmarked".into()),
        Some(judge) => {
            let review = judge.review_agent.as_ref().map(|review| ("review", review));
            let calls = std::iter::once(("match", &judge.match_agent)).chain(review);
            branch(
                &format!("judge {}", judge.name),
                calls.map(|(call, who)| {
                    let model = of_model(panel, &who.model);
                    leaf(format!(
                        "{call}: {} ({model}), prompt {}",
                        who.model, who.prompt
                    ))
                }),
            )
        }
    });
    nodes
}

fn provider(provider: &Provider) -> String {
    let address = match (provider.kind, provider.base_url.as_str()) {
        (ProviderKind::Simulated, "") => "simulated, in process".to_owned(),
        (ProviderKind::Simulated, url) => format!("simulated, {url}"),
        (ProviderKind::Openai, url) => url.to_owned(),
    };
    let key = match (&provider.key_env, provider.has_key()) {
        (Some(name), _) => format!("key in ${name}"),
        (None, true) => "key in a header".to_owned(),
        (None, false) => "no key".to_owned(),
    };
    let secret = provider.headers_env.iter();
    let secret = secret.map(|(name, variable)| format!(", header {name} from ${variable}"));
    let headers = provider.headers.keys();
    let headers = headers.map(|name| format!(", header {name}"));
    let query = provider.query.iter();
    let query = query.map(|(name, value)| format!(", ?{name}={value}"));
    let carries: String = headers.chain(secret).chain(query).collect();
    let keeps = if provider.keeps_nothing {
        ", keeps nothing"
    } else {
        ""
    };
    let streams = if provider.stream { ", streams" } else { "" };
    format!(
        "{}: {address}, {key}{carries}{keeps}{streams}, {}",
        provider.name,
        limits(&provider.limits)
    )
}

fn limits(limits: &Limits) -> String {
    let shared = limits.pool.as_ref();
    let shared = shared.map_or_else(String::new, |pool| format!(" in the pool {pool}"));
    let mut words = vec![format!("at most {} in flight{shared}", limits.in_flight)];
    words.extend(
        limits
            .requests_per_minute
            .map(|most| format!("{most} requests a minute")),
    );
    words.extend(
        limits
            .tokens_per_minute
            .map(|most| format!("{most} tokens a minute")),
    );
    if limits.longest_pause_seconds != USUAL_LONGEST_PAUSE {
        let seconds = limits.longest_pause_seconds;
        words.push(format!("pauses of up to {seconds} s are waited for"));
    }
    words.join(", ")
}

/// A model whose calls are not like those of others; `None`: they are.
fn model(panel: &Panel, model: &Model) -> Option<String> {
    let mut words = Vec::new();
    if model.limit_is_stated() || model.output_limit.is_some() {
        let provider = panel.providers.get(&model.provider);
        let field = provider.and_then(|provider| model.output_field(provider));
        words.push(match (model.most_output(), field) {
            (Some(most), Some(field)) => format!("at most {most} tokens of output ({field})"),
            (Some(most), None) => format!("at most {most} tokens of output"),
            (None, _) => "no limit of output is sent".to_owned(),
        });
    }
    let context = model.context;
    words.extend(context.map(|tokens| format!("a context of {tokens} tokens")));
    if model.merges_system() {
        words.push("instructions in the user message".to_owned());
    }
    (!words.is_empty()).then(|| format!("{}: {}", model.name, words.join(", ")))
}

/// How votes are counted.
fn vote(rule: Option<&VoteRule>, task: Task) -> String {
    let Some(rule) = rule else {
        return String::new();
    };
    let (above, at) = match (task, rule.tie_is_appropriate) {
        (Task::Options, true) => ("appropriate", "appropriate"),
        (Task::Options, false) => ("appropriate", "inappropriate"),
        (Task::Plan, true) => ("kept", "kept"),
        (Task::Plan, false) => ("kept", "dropped"),
    };
    let weighed = if rule.weigh_vendors {
        ", one vote a vendor"
    } else {
        ""
    };
    let exceptions = match rule.keep.len() {
        0 => String::new(),
        1 => ", 1 exception".to_owned(),
        n => format!(", {n} exceptions"),
    };
    format!(
        " ({above} above {} of the votes, {at} at it{weighed}{exceptions})",
        rule.threshold
    )
}

fn consensus(panel: &Panel) -> String {
    let consensus = &panel.consensus;
    let votes = vote(consensus.vote.as_ref(), panel.task);
    let how = match consensus.protocol {
        Protocol::Lead => format!("consensus lead: the plan of {}", consensus.lead),
        Protocol::Synthesis => format!("consensus synthesis (lead {})", consensus.lead),
        Protocol::Vote => format!("consensus vote{votes}"),
        Protocol::Debate => {
            format!(
                "consensus debate, at most {} rounds, then a vote{votes}",
                consensus.rounds
            )
        }
        Protocol::Delphi => {
            let uncertain = match consensus.uncertain.unwrap_or_default() {
                Uncertain::Out => "out",
                Uncertain::Majority => "in by majority",
                Uncertain::OneSevere => "in by one 9",
            };
            format!("consensus delphi (RAND/UCLA ratings, twice; uncertain: {uncertain})")
        }
    };
    let vendors = match consensus.min_vendors {
        0 | 1 => String::new(),
        least => format!(", from {least} vendors at least"),
    };
    format!(
        "{how}, quorum {} of {}{vendors}",
        consensus.quorum,
        panel.advisors.len()
    )
}

/// What is not as it is by default, by the names of the keys.
fn draft_checks(checks: &DraftChecks) -> String {
    if !checks.enabled {
        return "drafts are not checked".to_owned();
    }
    let default = DraftChecks::DEFAULT;
    let shares = [
        (
            "repeated_lines",
            checks.repeated_lines,
            default.repeated_lines,
        ),
        (
            "repeated_words",
            checks.repeated_words,
            default.repeated_words,
        ),
        ("copied_words", checks.copied_words, default.copied_words),
        ("unreadable", checks.unreadable, default.unreadable),
        (
            "without_letters",
            checks.without_letters,
            default.without_letters,
        ),
    ];
    let counts = [
        ("own_words", checks.own_words, default.own_words),
        (
            "control_tokens",
            checks.control_tokens,
            default.control_tokens,
        ),
        ("refusal_words", checks.refusal_words, default.refusal_words),
        ("same_grades", checks.same_grades, default.same_grades),
    ];
    let shares = shares.iter().filter(|(_, value, default)| value != default);
    let counts = counts.iter().filter(|(_, value, default)| value != default);
    let changed: Vec<String> = shares
        .map(|(key, value, _)| format!("{key} {value}"))
        .chain(counts.map(|(key, value, _)| format!("{key} {value}")))
        .collect();
    let how = match changed.as_slice() {
        [] => String::new(),
        changed => format!(" ({})", changed.join(", ")),
    };
    format!("a draft that loops, copies, declines or leaks marks counts as failed{how}")
}

fn budget(panel: &Panel) -> String {
    let budget = &panel.budget;
    let words = budget.words.map_or("any number of words".into(), |words| {
        format!("{words} words")
    });
    let mut parts = vec![words];
    parts.extend(
        budget
            .seconds
            .map(|seconds| format!("{seconds} seconds a consult")),
    );
    parts.extend(budget.usd.map(|usd| format!("${usd} a run")));
    format!("budget: {}", parts.join(", "))
}

fn service(service: &Service) -> String {
    let kept = match service.retention {
        Retention::None => "keeps nothing of a consult",
        Retention::Audit => "keeps consults in the audit log",
    };
    format!(
        "as a service: {kept}, at most {} seconds a consult",
        service.deadline_seconds
    )
}

fn agents(panel: &Panel, agents: &[Agent]) -> Vec<Node> {
    agents.iter().map(|one| leaf(agent(panel, one))).collect()
}

fn agent(panel: &Panel, agent: &Agent) -> String {
    let lead = agent.name == panel.consensus.lead && panel.advisors.contains(agent);
    let mark = if lead { ", lead" } else { "" };
    let persona = if agent.persona.is_some() {
        ", with a persona"
    } else {
        ""
    };
    let model = panel.models.get(&agent.model);
    let id = model.map_or("?", |model| model.id.as_str());
    let caveat = caveat(panel, model);
    format!(
        "{}: {} ({id}, {}{caveat}), prompt {}{persona}{mark}",
        agent.name, agent.model, agent.vendor, agent.prompt
    )
}

fn of_model(panel: &Panel, name: &str) -> String {
    let model = panel.models.get(name);
    model.map_or("?".into(), |known| {
        format!("{}, {}{}", known.id, known.vendor, caveat(panel, model))
    })
}

/// Has the panel models that are simulated, or that are not?
fn simulated(panel: &Panel, wanted: bool) -> bool {
    let mut models = panel.models.values();
    models.any(|model| is_simulated(panel, model) == wanted)
}

fn is_simulated(panel: &Panel, model: &Model) -> bool {
    let provider = panel.providers.get(&model.provider);
    provider.is_some_and(|provider| provider.kind == ProviderKind::Simulated)
}

/// What must be told of a model. Where all are simulated, the head says so.
fn caveat(panel: &Panel, model: Option<&Model>) -> String {
    let Some(model) = model else {
        return String::new();
    };
    let mixed = is_simulated(panel, model) && simulated(panel, false);
    let simulated = if mixed { "; SIMULATED" } else { "" };
    let caveat = model.caveat.iter().map(|caveat| format!("; {caveat}"));
    format!("{simulated}{}", caveat.collect::<String>())
}

fn leaf(line: String) -> Node {
    branch(&line, [])
}

fn branch(line: &str, children: impl IntoIterator<Item = Node>) -> Node {
    Node {
        line: line.to_owned(),
        children: children.into_iter().collect(),
    }
}

fn draw(nodes: &[Node], indent: &str, text: &mut String) {
    for (at, node) in nodes.iter().enumerate() {
        let last = at + 1 == nodes.len();
        let (arm, below) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let _ = writeln!(text, "{indent}{arm}{}", node.line);
        draw(&node.children, &format!("{indent}{below}"), text);
    }
}

fn table(panel: &Panel, estimate: &Estimate) -> String {
    let mut text =
        String::from("Estimate for one case, without failures and without waits for rate limits\n");
    let _ = writeln!(
        text,
        "{:<11}{:<16}{:>6}{:>12}{:>12}{:>12}{:>9}",
        "stage", "seat", "calls", "prompt tok", "answer tok", "dollars", "seconds"
    );
    for stage in &estimate.stages {
        row(
            &mut text,
            stage.stage,
            &stage.seat,
            &Total {
                calls: stage.calls,
                prompt_tokens: stage.prompt_tokens,
                completion_tokens: stage.completion_tokens,
                usd: stage.usd,
                usd_priced: 0.0,
                seconds: stage.seconds,
            },
        );
    }
    row(&mut text, "consult", "", &estimate.consult());
    if panel.judge.is_some() {
        row(&mut text, "benchmark", "", &estimate.total());
    }
    if !estimate.unpriced.is_empty() {
        let names = estimate.unpriced.join(", ");
        let _ = writeln!(
            text,
            "No price is given for {names}: dollars are unknown, not zero."
        );
    }
    if estimate.total().seconds.is_none() {
        text.push_str(
            "Seconds of real models are unknown until the first calls are back: they differ a hundredfold.\n",
        );
    }
    if panel.simulated() {
        text.push_str("SIMULATED: the dollars of simulated models are made up; nothing is paid.\n");
    }
    text
}

fn row(text: &mut String, stage: &str, seat: &str, total: &Total) {
    let usd = total
        .usd
        .map_or("unknown".into(), |usd| format!("{usd:.4}"));
    let seconds = total
        .seconds
        .map_or("unknown".into(), |seconds| format!("{seconds:.2}"));
    let _ = writeln!(
        text,
        "{stage:<11}{seat:<16}{:>6}{:>12}{:>12}{usd:>12}{seconds:>9}",
        total.calls, total.prompt_tokens, total.completion_tokens
    );
}
