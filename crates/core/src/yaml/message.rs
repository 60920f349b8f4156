//! Syntax errors in go-yaml's words and with its line numbers, which are what the API server and kubectl print.

use granit_parser::ErrorKind;

/// go-yaml's words for an error, and whether its scanner finds it (rather than its parser), which shifts the line.
pub(super) fn words(kind: &ErrorKind) -> (&'static str, bool) {
    use ErrorKind as K;
    match kind {
        K::ExpectedBlockMappingKey | K::UnexpectedEofBlockMapping => ("did not find expected key", false),
        K::ExpectedBlockSequenceEntry | K::UnexpectedEofBlockSequence => ("did not find expected '-' indicator", false),
        K::ExpectedFlowMappingSeparator
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::UnclosedFlowCollection { open: '{' } => ("did not find expected ',' or '}'", false),
        K::ExpectedFlowSequenceSeparator | K::UnexpectedEofFlowSequence | K::UnclosedFlowCollection { .. } => {
            ("did not find expected ',' or ']'", false)
        }
        K::MismatchedFlowCollectionEnd { open: '{', .. } => ("did not find expected ',' or '}'", false),
        K::MismatchedFlowCollectionEnd { .. } => ("did not find expected ',' or ']'", false),
        K::ExpectedNodeContent | K::UnexpectedEof | K::MisplacedFlowCollectionEnd => {
            ("did not find expected node content", false)
        }
        K::ExpectedDocumentStart | K::MissingDocumentEndBeforeDirective | K::InvalidDocumentEnd => {
            ("did not find expected <document start>", false)
        }
        K::DuplicateVersionDirective => ("found duplicate %YAML directive", false),
        K::UnsupportedYamlMajorVersion => ("found incompatible YAML document", false),
        K::DuplicateTagDirective => ("found duplicate %TAG directive", false),
        K::UndeclaredTagHandle => ("found undefined tag handle", false),
        K::InvalidIndentation => ("did not find expected key", false),
        K::UnexpectedCharacter { .. } | K::TabNotAllowed | K::TabInBlockIndentation | K::TabInIndentation => {
            ("found character that cannot start any token", true)
        }
        K::TabInPlainScalar => ("found a tab character that violates indentation", true),
        K::TabAtBlockScalarStart | K::InvalidBlockScalarIndent => {
            ("found a tab character where an indentation space is expected", true)
        }
        K::SimpleKeyExpected | K::InvalidSimpleKey | K::CommentInterceptedScalar => {
            ("could not find expected ':'", true)
        }
        K::MappingKeyNotAllowed => ("mapping keys are not allowed in this context", true),
        K::MappingValueNotAllowed | K::InvalidColonPlacement | K::InvalidMappingValueWhitespace => {
            ("mapping values are not allowed in this context", true)
        }
        K::BlockSequenceEntryNotAllowed | K::BlockEntryInFlowCollection | K::InvalidBlockEntryWhitespace => {
            ("block sequence entries are not allowed in this context", true)
        }
        K::UnclosedQuotedScalar => ("found unexpected end of stream", true),
        K::DocumentIndicatorInQuotedScalar => ("found unexpected document indicator", true),
        K::UnknownQuotedScalarEscape => ("found unknown escape character", true),
        K::InvalidQuotedScalarHexEscape | K::InvalidLowSurrogateHexEscape => {
            ("did not find expected hexdecimal number", true)
        }
        K::InvalidUnicodeEscape | K::InvalidLowSurrogate | K::MissingLowSurrogate | K::UnpairedLowSurrogate => {
            ("found invalid Unicode character escape code", true)
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
            ("did not find expected key", false)
        }
        K::MissingAnchorOrAliasName => ("did not find expected alphabetic or numeric character", true),
        K::ZeroBlockScalarIndent => ("found an indentation indicator equal to 0", true),
        K::InvalidBlockScalarHeader | K::InvalidDirectiveTerminator => {
            ("did not find expected comment or line break", true)
        }
        K::InvalidTagTerminator | K::InvalidTagDirectiveTerminator => {
            ("did not find expected whitespace or line break", true)
        }
        K::MissingTagUri | K::InvalidGlobalTagCharacter | K::UnclosedVerbatimTag => {
            ("did not find expected tag URI", true)
        }
        K::ExpectedTagBang | K::ExpectedTagDirectiveBang => ("did not find expected '!'", true),
        K::InvalidTagEscape => ("did not find URI escaped octet", true),
        K::InvalidTagUtf8LeadingByte => ("found an incorrect leading UTF-8 octet", true),
        K::InvalidTagUtf8TrailingByte | K::InvalidTagUtf8 => ("found an incorrect trailing UTF-8 octet", true),
        K::MissingDirectiveName => ("could not find expected directive name", true),
        K::InvalidDirectiveName => ("found unexpected non-alphabetical character", true),
        K::MissingYamlVersion => ("did not find expected version number", true),
        K::MissingYamlVersionSeparator => ("did not find expected digit or '.' character", true),
        K::YamlVersionTooLong => ("found extremely long version number", true),
        _ => ("could not be read as YAML", true),
    }
}

/// The collection in which an error stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Nothing,
    BlockSeq,
    BlockMap,
    FlowSeq,
    FlowMap,
}

/// go-yaml's words where they depend on the place: its parser meets a token that our scanner refuses by itself.
/// `before` is the text up to the error, `after` the text from it on.
pub(super) fn words_at(kind: &ErrorKind, within: Within, before: &str, after: &str) -> (&'static str, bool) {
    use ErrorKind as K;
    let only_in_flow = matches!(
        kind,
        K::FlowMappingValueAdjacentCollection
            | K::PlainScalarStartsWithDashFlowIndicator
            | K::BlockEntryInFlowCollection
            | K::MisplacedFlowCollectionEnd
    );
    // Our scanner runs ahead of the events that open collections.
    let within = if only_in_flow { open_bracket(before).unwrap_or(within) } else { within };
    let separator = match within {
        Within::FlowSeq => Some(words(&K::ExpectedFlowSequenceSeparator)),
        Within::FlowMap => Some(words(&K::ExpectedFlowMappingSeparator)),
        _ => None,
    };
    let awaits_node = before.ends_with([',', '[', '{', ':']) || before.ends_with("\n-") || before.ends_with(" -");
    match (kind, separator) {
        (K::UnclosedFlowCollection { .. } | K::BlockEntryInFlowCollection, _) if awaits_node => {
            words(&K::ExpectedNodeContent)
        }
        (
            K::MappingValueNotAllowed
            | K::InvalidColonPlacement
            | K::FlowMappingValueAdjacentCollection
            | K::PlainScalarStartsWithDashFlowIndicator
            | K::BlockEntryInFlowCollection
            | K::BlockSequenceEntryNotAllowed,
            Some(separator),
        ) => separator,
        (K::MisplacedFlowCollectionEnd, None) if !awaits_node => match within {
            Within::BlockMap => words(&K::ExpectedBlockMappingKey),
            Within::BlockSeq => words(&K::ExpectedBlockSequenceEntry),
            _ => words(&K::ExpectedDocumentStart),
        },
        (K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar, separator) => {
            let dash =
                after.trim_start_matches(' ').strip_prefix('-').is_some_and(|rest| rest.starts_with([' ', '\n']));
            match (separator, within) {
                (Some(separator), _) => separator,
                _ if dash => words(&K::BlockSequenceEntryNotAllowed),
                (None, Within::BlockSeq) => words(&K::ExpectedBlockSequenceEntry),
                _ => words(kind),
            }
        }
        _ => words(kind),
    }
}

/// The innermost bracket that is open at the end of a text, as far as the last few lines tell.
fn open_bracket(before: &str) -> Option<Within> {
    let mut closed = 0usize;
    for byte in before.bytes().rev().take(1000) {
        match byte {
            b']' | b'}' => closed += 1,
            b'[' | b'{' if closed > 0 => closed -= 1,
            b'[' => return Some(Within::FlowSeq),
            b'{' => return Some(Within::FlowMap),
            _ => {}
        }
    }
    None
}

/// `yaml: line 7: did not find expected key`, for an error `line` lines (from 0) below the start of its document.
pub(super) fn syntax(words: &str, scanner: bool, line: usize) -> String {
    match (line, scanner) {
        (0, _) => format!("yaml: {words}"),
        (line, true) => format!("yaml: line {}: {words}", line + 1),
        (line, false) => format!("yaml: line {line}: {words}"),
    }
}
