//! The DNS view: a name, the client's resolv.conf, and each question that was asked.

use portolan_core::dns;
use yew::prelude::*;

use crate::list::list;
use crate::state::action::Action;
use crate::state::choices;
use crate::state::model::Model;

/// The name that is looked up: the one typed, else the target's host.
pub(crate) fn query(model: &Model) -> String {
    if !model.query.is_empty() {
        return model.query.clone();
    }
    let host = model.target.rsplit_once(':').map_or(model.target.as_str(), |t| t.0);
    let is_name = !host.is_empty()
        && choices::parse_forward(&model.target).is_none()
        && !host.contains('/')
        && host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_err();
    match model.focused() {
        _ if is_name => host.to_string(),
        Some(service) => format!("{}.{}", service.name, service.namespace),
        None => String::new(),
    }
}

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let name = query(model);
    let client = model.parsed_client();
    let cluster = &model.session.cluster;
    let conf = dns::resolv_conf(cluster, &client);
    let resolution = (!name.is_empty()).then(|| dns::resolve_addresses(cluster, &client, &name));
    let oninput = {
        let act = act.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                act.emit(Action::Query(input.value()));
            }
        })
    };
    html! {
        <div class="dns-view">
            <div class="dns-query">
                <label for="dns-name">{ format!("Look up, as {client} would") }</label>
                <input id="dns-name" type="text" spellcheck="false" autocapitalize="off" autocomplete="off" maxlength="300" value={name} {oninput} />
                <h2>{ "/etc/resolv.conf there" }</h2>
                <pre class="terminal">{ conf.text() }</pre>
            </div>
            <div class="dns-answer">
                if let Some(resolution) = resolution {
                    { answer(&resolution) }
                }
            </div>
        </div>
    }
}

fn answer(resolution: &dns::Resolution) -> Html {
    let (good, end) = match &resolution.outcome {
        dns::Outcome::Addresses { name, addresses } => (
            true,
            format!("{name} \u{2192} {}", addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ),
        dns::Outcome::External { name, address } => {
            (true, format!("{name} \u{2192} {address}, a host outside (its address here is made up from its name)"))
        }
        dns::Outcome::Records => (true, "records, but no address".into()),
        dns::Outcome::NotFound => (false, "Name or service not known".into()),
        dns::Outcome::NoData => (false, "No address associated with this name".into()),
    };
    html! {
        <>
            <p class={classes!("headline", "verdict", if good { "ok" } else { "bad" })}><span class="mark" aria-hidden="true"></span>{ end }</p>
            <ol class="attempts">
                { list(resolution.attempts.iter().take(40).map(|a| html! {
                    <li>
                        <code>{ format!("{} {}", a.qname, a.qtype.as_str()) }</code>
                        <span class={classes!("rcode", if a.answer.records.is_empty() { "no" } else { "yes" })}>
                            { if a.answer.nodata() { "NODATA" } else { a.answer.rcode.as_str() } }
                        </span>
                        <ul>{ list(a.answer.records.iter().take(40).map(|r| html! {
                            <li><code>{ format!("{} {} {} {}", r.name, r.ttl, r.data.qtype().as_str(), r.data.text()) }</code></li>
                        })) }</ul>
                    </li>
                })) }
            </ol>
            if resolution.attempts.is_empty() { <p class="quiet">{ "No question was sent: it is an address, or in the hosts file." }</p> }
        </>
    }
}
