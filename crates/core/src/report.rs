//! Results as the JSON documents and tables of the command line.
