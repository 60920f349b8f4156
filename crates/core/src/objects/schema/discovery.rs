//! discovery/v1: the EndpointSlice; and core/v1's older Endpoints.

use super::meta::META;
use super::{BOOL, INT32, STR, STRING_MAP, STRINGS, Struct, Type, f};

const PROTOCOL: Type = Type::Enum("v1.Protocol", &["TCP", "UDP", "SCTP"]);

static OBJECT_REFERENCE: Struct = Struct {
    name: "ObjectReference",
    package: "v1",
    fields: &[
        f("kind", STR, "The kind of the object behind the address, mostly Pod."),
        f("namespace", STR, "Its namespace."),
        f("name", STR, "Its name."),
        f("uid", Type::Enum("types.UID", &[]), "").inert(),
        f("apiVersion", STR, "").inert(),
        f("resourceVersion", STR, "").inert(),
        f("fieldPath", STR, "").inert(),
    ],
};

static CONDITIONS: Struct = Struct {
    name: "EndpointConditions",
    package: "v1",
    fields: &[
        f("ready", BOOL, "Takes new connections; missing means yes.").ptr(),
        f("serving", BOOL, "Could answer, even while terminating; missing means what ready says.").ptr(),
        f("terminating", BOOL, "Is being shut down; missing means no.").ptr(),
    ],
};

static FOR_ZONE: Struct = Struct { name: "ForZone", package: "v1", fields: &[f("name", STR, "The zone.").ptr()] };
static FOR_NODE: Struct = Struct { name: "ForNode", package: "v1", fields: &[f("name", STR, "The node.").ptr()] };

static HINTS: Struct = Struct {
    name: "EndpointHints",
    package: "v1",
    fields: &[
        f("forZones", Type::List(&Type::Struct(&FOR_ZONE)), "The zones whose clients should come here."),
        f("forNodes", Type::List(&Type::Struct(&FOR_NODE)), "The nodes whose clients should come here."),
    ],
};

static ENDPOINT: Struct = Struct {
    name: "Endpoint",
    package: "v1",
    fields: &[
        f("addresses", STRINGS, "The addresses; kube-proxy uses the first.").ptr(),
        f("conditions", Type::Struct(&CONDITIONS), "Whether it may be used.").ptr(),
        f("hostname", STR, "The name it has in the headless Service's DNS.").ptr(),
        f("targetRef", Type::Struct(&OBJECT_REFERENCE), "The pod behind it.").ptr(),
        f("deprecatedTopology", STRING_MAP, "").inert(),
        f("nodeName", STR, "The node it runs on; missing means elsewhere.").ptr(),
        f("zone", STR, "The zone it runs in.").ptr(),
        f("hints", Type::Struct(&HINTS), "Which clients should prefer it.").ptr(),
    ],
};

static ENDPOINT_PORT: Struct = Struct {
    name: "EndpointPort",
    package: "v1",
    fields: &[
        f("name", STR, "The name of the Service port it belongs to.").ptr(),
        f("protocol", PROTOCOL, "The protocol; TCP where nothing is said.").ptr(),
        f("port", INT32, "The number at the endpoints; without it the port gives nothing.").ptr(),
        f("appProtocol", STR, "").ptr(),
    ],
};

/// The EndpointSlice.
pub(super) static ENDPOINT_SLICE: Struct = Struct {
    name: "EndpointSlice",
    package: "v1",
    fields: &[
        f("kind", STR, ""),
        f("apiVersion", STR, ""),
        f("metadata", META, "The label kubernetes.io/service-name says which Service it belongs to.").ptr(),
        f("addressType", Type::Enum("v1.AddressType", &["IPv4", "IPv6", "FQDN"]), "The kind of all its addresses.")
            .ptr(),
        f("endpoints", Type::List(&Type::Struct(&ENDPOINT)), "The endpoints, at most 1000.").ptr(),
        f("ports", Type::List(&Type::Struct(&ENDPOINT_PORT)), "The ports that every endpoint has.").ptr(),
    ],
};

static ENDPOINT_ADDRESS: Struct = Struct {
    name: "EndpointAddress",
    package: "v1",
    fields: &[
        f("ip", STR, "The address.").ptr(),
        f("hostname", STR, "The name it has in the headless Service's DNS."),
        f("nodeName", STR, "The node it runs on.").ptr(),
        f("targetRef", Type::Struct(&OBJECT_REFERENCE), "The pod behind it.").ptr(),
    ],
};

static SUBSET_PORT: Struct = Struct {
    name: "EndpointPort",
    package: "v1",
    fields: &[
        f("name", STR, "The name of the Service port it belongs to."),
        f("port", INT32, "The number at the addresses.").ptr(),
        f("protocol", PROTOCOL, "The protocol; TCP where nothing is said."),
        f("appProtocol", STR, "").ptr(),
    ],
};

static SUBSET: Struct = Struct {
    name: "EndpointSubset",
    package: "v1",
    fields: &[
        f("addresses", Type::List(&Type::Struct(&ENDPOINT_ADDRESS)), "Ready addresses."),
        f("notReadyAddresses", Type::List(&Type::Struct(&ENDPOINT_ADDRESS)), "Addresses that are not ready."),
        f("ports", Type::List(&Type::Struct(&SUBSET_PORT)), "The ports of all of them."),
    ],
};

/// Endpoints; deprecated, and mirrored to slices for Services without a selector.
pub(super) static ENDPOINTS: Struct = Struct {
    name: "Endpoints",
    package: "v1",
    fields: &[
        f("kind", STR, ""),
        f("apiVersion", STR, ""),
        f("metadata", META, "The name must be the Service's.").ptr(),
        f("subsets", Type::List(&Type::Struct(&SUBSET)), "Addresses and ports."),
    ],
};
