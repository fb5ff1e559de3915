//! The figures of a folder, as parts of a page.

use super::html::escape;
use crate::error::Error;
use crate::figure::FIGURES;
use std::fs;
use std::path::Path;

/// Bytes of a figure from which on the page names the file instead of showing it.
const BYTES_MAX: usize = 2_000_000;

/// What no figure of ours has in it, and what could change the page around it. Whatever would run,
/// a handler say, is refused by the page's policy.
const ACTIVE: [&str; 5] = ["<script", "<foreignobject", "<style", "<iframe", "<a "];

/// Every figure in `plots/`, in the order of the list of figures, with its caption.
pub(super) fn all(folder: &Path) -> Result<String, Error> {
    let plots = folder.join("plots");
    let mut out = String::new();
    for figure in &FIGURES {
        let name = figure.name;
        let path = plots.join(format!("{name}.svg"));
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(Error::open(&path))?;
        let shown = match inlined(&text, name) {
            Some(svg) => svg,
            None => format!("<p><a href=\"plots/{name}.svg\">plots/{name}.svg</a></p>"),
        };
        let caption = sentence(&escape(figure.shows));
        out += &format!(
            "<figure id=\"figure-{name}\">{shown}<figcaption>{caption} \
             <code>plots/{name}.svg</code></figcaption></figure>\n"
        );
    }
    Ok(out)
}

/// What a figure shows, as a sentence.
fn sentence(shows: &str) -> String {
    let mut letters = shows.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// A figure as an element of the page: it scales with the page, and its identifiers begin with its
/// name, as those of several figures would clash. Nothing if it is too large, or active.
fn inlined(text: &str, name: &str) -> Option<String> {
    let svg = &text[text.find("<svg")?..];
    let lower = svg.to_ascii_lowercase();
    if svg.len() > BYTES_MAX || ACTIVE.iter().any(|part| lower.contains(part)) {
        return None;
    }
    let mut svg = svg.to_owned();
    for (before, after) in [
        (" id=\"", format!(" id=\"{name}-")),
        ("url(#", format!("url(#{name}-")),
        ("href=\"#", format!("href=\"#{name}-")),
    ] {
        svg = svg.replace(before, &after);
    }
    // A title within the element is a tooltip over all of it; the caption says the same.
    if let (Some(begin), Some(end)) = (svg.find("<title>"), svg.find("</title>"))
        && begin < end
    {
        let title = svg[begin + "<title>".len()..end].trim().to_owned();
        svg.replace_range(begin..end + "</title>".len(), "");
        let label = title.replace('"', "&quot;");
        svg = svg.replacen("<svg", &format!("<svg role=\"img\" aria-label=\"{label}\""), 1);
    }
    Some(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_several_figures_do_not_clash() {
        let svg = "<?xml?>\n<svg width=\"9\"><title>a \"b\"</title><g id=\"x\"/>\
                   <use href=\"#x\" clip-path=\"url(#x)\"/></svg>";
        assert_eq!(
            inlined(svg, "hops").unwrap(),
            "<svg role=\"img\" aria-label=\"a &quot;b&quot;\" width=\"9\"><g id=\"hops-x\"/>\
             <use href=\"#hops-x\" clip-path=\"url(#hops-x)\"/></svg>"
        );
    }

    #[test]
    fn what_could_change_the_page_is_not_taken_in() {
        for inside in ["<script>1</script>", "<SCRIPT/>", "<style>*{}</style>", "<a href=\"x\"/>"] {
            assert_eq!(inlined(&format!("<svg>{inside}</svg>"), "a"), None, "{inside}");
        }
        assert!(inlined("<svg><text>based on it</text></svg>", "a").is_some());
    }
}
