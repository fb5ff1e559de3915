//! Text that becomes part of a page: whatever is in it stays text.

use serde_json::Value;

/// Text as HTML, between tags or within a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
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

/// Data as the content of a script element. No `<` is left in it: neither `</script>` nor `<!--`
/// can end or change the element.
pub(super) fn data(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// Puts parts in the places `{{name}}` of a template, each named once. What is put in is not looked
/// at again: a part that has `{{name}}` in it keeps it.
pub(super) fn fill(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("every place in a template is closed");
        let part = parts.iter().find(|(part, _)| *part == name);
        let (_, part) = part.expect("every place in a template has its part");
        out.push_str(before);
        out.push_str(part);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            escape("<a href=\"x\" on='y'>&amp;"),
            "&lt;a href=&quot;x&quot; on=&#39;y&#39;&gt;&amp;amp;"
        );
    }

    #[test]
    fn data_cannot_end_the_script_and_read_back_as_they_were() {
        let value = json!({ "a": "</script><!-- <script>", "b": [1, null] });
        let text = data(&value);
        assert!(!text.contains('<'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn what_is_put_into_a_template_is_not_filled_again() {
        let parts = [("a", "{{b}}"), ("b", "two")];
        assert_eq!(fill("<{{a}}|{{b}}>", &parts), "<{{b}}|two>");
    }
}
