//! The Traffic view's numbers as CSV (RFC 4180).

use std::fmt::Write;

use portolan_core::sim::{Recording, Track};

/// A field: in quotes where it must be. A text that a spreadsheet would compute is marked as one.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_string() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A line for each stretch of time of each client and Service port.
pub(crate) fn csv(run: &Recording) -> String {
    let mut out = String::from("what,from,to,start_ms,end_ms,sent,delivered,failed,p50_us,p90_us,p99_us\r\n");
    let width = run.series().width();
    for (track, points) in run.series().lines() {
        let head = match track {
            Track::Client(from, to) => format!("client,{},{}", field(from), field(to)),
            Track::Service(service, port) => {
                format!("service,{},{}", field(&format!("{}/{}", service.namespace, service.name)), field(port))
            }
        };
        let mut start = 0;
        for point in points {
            let end = start + width;
            let (sent, delivered, failed) = (point.sent, point.delivered, point.failed);
            let _ = write!(out, "{head},{},{},{sent},{delivered},{failed}", start / 1000, end / 1000);
            for percent in [50, 90, 99] {
                out.push(',');
                if let Some(us) = point.percentile(percent) {
                    let _ = write!(out, "{us}");
                }
            }
            out.push_str("\r\n");
            start = end;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::action::Action;
    use crate::state::model::Model;

    #[test]
    fn fields_cannot_leave_their_place_nor_be_computed() {
        assert_eq!(field("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("pod/client"), "pod/client");
    }

    #[test]
    fn every_stretch_has_its_line_and_the_lines_add_up() {
        let mut model = Model::open("node-port", false);
        model.update(Action::Rate(20.0));
        model.update(Action::Seek(6_000_000));
        let text = csv(model.session.run());
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        assert_eq!(lines.len(), 120, "60 of the client, 60 of the Service");
        let sent: u64 =
            lines.iter().filter(|line| line[0] == "client").filter_map(|line| line[5].parse::<u64>().ok()).sum();
        assert_eq!(sent, 120);
        assert!(lines.iter().all(|line| line.len() == 11));
    }
}
