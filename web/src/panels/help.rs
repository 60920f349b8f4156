//! The help: what the chart shows, and the keys.

use yew::prelude::*;

use crate::list::list;

/// The sheet.
pub(crate) fn view() -> Html {
    let keys = [
        ("Space", "play or pause"),
        ("\u{2192}", "step to the next thing that happens"),
        ("Ctrl Z, Ctrl Shift Z", "undo and redo what was done by hand"),
        ("Arrows, Page Up, Page Down", "on the slider of time: back and forth, from event to event"),
        ("Arrows", "on a hop of a trace: to the next one"),
        ("/", "choose what to send to"),
        ("f", "find on the chart"),
        ("+, -, 0", "larger, smaller, all of the chart; Shift and arrows move it"),
        ("s", "send one request"),
        ("e", "examples"),
        ("?", "this help"),
        ("Esc", "close, or let go of a request"),
        ("Arrows, Enter", "on the chart: move between hosts, nodes and pods; open the menu"),
        ("Ctrl Space", "in the editor: what could stand here"),
        ("F1, or Ctrl K Ctrl I", "in the editor: what this field does, and what is wrong with it"),
        ("Ctrl .", "in the editor: the fixes for what is wrong here"),
        ("F8", "in the editor: the next problem"),
        ("Esc, then Tab", "leave the editor"),
    ];
    html! {
        <div class="sheet help" role="dialog" aria-label="Help" id="help" tabindex="0">
            <section>
                <h2>{ "What this is" }</h2>
                <p>{ "A chart of the ports of a Kubernetes cluster. The YAML on the left goes through what the API server, the controllers, \
                     kube-proxy and CoreDNS of Kubernetes 1.36 would do with it, here in your browser. Nothing is sent anywhere." }</p>
                <p><a href="guide/index.html">{ "The guide" }</a>{ " tells how traffic finds pods in short chapters, each with a manifest to mend." }</p>
                <p>{ "Change the YAML and the chart follows: an edit is applied to the running cluster, as kubectl apply would, so addresses and \
                     ports stay and what cannot change is refused. Start afresh makes a new cluster of the text; so do a link, an example, and a text put in the place of all that was there." }</p>
                <p>{ "Click a pod to make it unready or kill it, a node to stop it, a Service to choose how it is \
                     reached; all of it can be undone. The slider under the chart goes to any time of the run. Play goes on from there: what \
                     you did later is done again when its time comes, until you do something else. Click a packet to hold it and read its way, hop by hop." }</p>
                <p>{ "A packet's speed is its simulated latency at the chosen slow motion. What would be too quick to see is drawn slower; by the time it says how much. Paused, each packet is where it is at that moment, and what has arrived by then is faint." }</p>
            </section>
            <section>
                <h2>{ "Keys" }</h2>
                <dl class="keys">{ list(keys.iter().map(|(key, what)| html! { <div key={*key}><dt><kbd>{ *key }</kbd></dt><dd>{ *what }</dd></div> })) }</dl>
            </section>
        </div>
    }
}
