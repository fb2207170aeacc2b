package configuration

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
	_ "time/tzdata" // where the machine has none
)

// The keys. Each is declared here and nowhere else; docs/configuration.md is written
// from them by `make generate`.
var (
	DatabaseURL = text(Key{
		Name: "database", Group: Database, Range: "postgres://… without a password, or sqlite:PATH",
		Meaning: "The database. SQLite has no row-level security: for trying out only. Over a network give `sslmode=verify-full`.",
		Example: "postgres://sala_app@db.internal/sala?sslmode=verify-full&sslrootcert=/etc/sala/db-ca.crt",
	}, database)
	DatabasePasswordFile = file(Key{
		Name: "databasePasswordFile", Group: Database, Secret: true,
		Meaning: "File with the password of the database login. It is read at each new connection, so that it can be changed without a restart. `sala migrate` takes the owner's.",
		Example: "/etc/sala/secrets/database-password",
	})
	DatabaseMaxConnections = whole(Key{
		Name: "databaseMaxConnections", Group: Database, Default: "16",
		Meaning: "Most connections that operations use at a time. Two more serve the checks of readiness and the ledger's sequencer. All processes together must stay below PostgreSQL's `max_connections`.",
		Example: "32",
	}, 2, 1000)
	DatabaseIdleTime = duration(Key{
		Name: "databaseIdleTime", Group: Database, Default: "5m",
		Meaning: "How long an unused connection is kept.", Example: "1m",
	}, time.Second, 24*time.Hour)
	DatabaseLifetime = duration(Key{
		Name: "databaseLifetime", Group: Database, Default: "30m",
		Meaning: "How old a connection may become, so that a changed password or a moved database takes effect.", Example: "1h",
	}, time.Second, 24*time.Hour)
	StatementTimeout = duration(Key{
		Name: "statementTimeout", Group: Database, Default: "30s",
		Meaning: "PostgreSQL's `statement_timeout` on each of the server's connections: longer statements are ended by the database.", Example: "10s",
	}, 100*time.Millisecond, time.Hour)
	LockTimeout = duration(Key{
		Name: "lockTimeout", Group: Database, Default: "10s",
		Meaning: "PostgreSQL's `lock_timeout`: how long a statement waits for a lock, such as that of a case which others change.", Example: "5s",
	}, 100*time.Millisecond, time.Hour)
	IdleInTransactionTimeout = duration(Key{
		Name: "idleInTransactionTimeout", Group: Database, Default: "1m",
		Meaning: "PostgreSQL's `idle_in_transaction_session_timeout`: ends a connection whose operation has stopped asking, and frees its locks.", Example: "30s",
	}, time.Second, time.Hour)

	KeyStore = text(Key{
		Name: "keyStore", Group: Keys, Range: "folder:PATH, sqlite:PATH, kubernetes:NAMESPACE/NAME, or postgres://… without a password (name its file with passfile=…)",
		Meaning: "Where the wrapped keys of cases lie, outside the database and its backups. Required by whatever seals or unseals.",
		Example: "folder:/var/lib/sala-keys",
	}, keyStore)
	KeyFile = file(Key{
		Name: "keyFile", Group: Keys, Secret: true,
		Meaning: "File with the key-encryption key, which wraps the keys of cases. Nobody but its owner may read it (mode 600), or, where root owns it and Sala runs as another account, one group (440). It or kms is required by whatever seals or unseals.",
		Example: "/etc/sala/secrets/kek.json",
	})
	KMS = texts(Key{
		Name: "kms", Group: Keys, Range: "hashivault://KEY or awskms://…",
		Meaning: "Key management services that hold the key-encryption key, instead of a file. The first wraps; others, and keyFile, still unwrap while keys move. A key-encryption key named by a flag goes before all that environment and file name.",
		Example: "hashivault://sala",
	}, func(string) error { return nil })

	ErasureKeyFile = file(Key{
		Name: "erasureKeyFile", Group: Keys, Secret: true,
		Meaning: "File with the key that signs the list of erased persons; `sala keys init` makes it. `sala restore` and `sala erasures` take the public key as well.",
		Example: "/etc/sala/secrets/erasures.key",
	})

	PolicyBundle = files(Key{
		Name: "policy", Group: Policy,
		Meaning: "Signed policy bundles (tar.gz) instead of the policy that the program holds: one, or the same policy as each of its signers has signed it. The database must live under it, or under one that `sala policy apply` has brought into force.",
		Example: "/etc/sala/policy.tar.gz",
	})
	PolicyKeys = files(Key{
		Name: "policyKey", Group: Policy,
		Meaning: "Files with PEM public keys that policy bundles are signed with.", Example: "/etc/sala/policy.pub",
	})
	PolicySigners = whole(Key{
		Name: "policySigners", Group: Policy, Default: "0",
		Meaning: "How many different keys of policyKey must have signed a policy. 0 means two where policyKey names two different keys or more, else one.", Example: "2",
	}, 0, 9)

	ReleaseKeys = files(Key{
		Name: "releaseKey", Group: Policy,
		Meaning: "Files with the public keys (note form) of those who may build and publish releases, one a line. A release is built and published by two of them.",
		Example: "/etc/sala/release.pub",
	})

	Address = address(Key{
		Name: "address", Group: Listen, Default: "127.0.0.1:8080",
		Meaning: "Where the API is served. Beyond loopback it needs TLS, or a proxy that terminates it.", Example: "[::]:8443",
	})
	TLSCertificateFile = file(Key{
		Name: "tlsCertificateFile", Group: Listen,
		Meaning: "PEM file with the server's certificate and what stands between it and the root. A changed file is taken up without a restart; one that is broken is not, and that is logged.",
		Example: "/etc/sala/tls/tls.crt",
	})
	TLSKeyFile = file(Key{
		Name: "tlsKeyFile", Group: Listen, Secret: true,
		Meaning: "PEM file with the certificate's private key.", Example: "/etc/sala/tls/tls.key",
	})
	TLSReloadInterval = duration(Key{
		Name: "tlsReloadInterval", Group: Listen, Default: "10s",
		Meaning: "How often certificate and key are looked at for a change.", Example: "1m",
	}, time.Second, time.Hour)
	BehindProxy = yes(Key{
		Name: "proxyTerminatesTLS", Group: Listen,
		Meaning: "Says that a proxy terminates TLS and that nobody else reaches the address: then the API is served without TLS beyond loopback.", Example: "true",
	})
	TrustedProxies = texts(Key{
		Name: "trustedProxy", Group: Listen, Range: "network as ADDRESS/BITS, of one bit or more",
		Meaning: "Networks of the proxies whose word counts on whom they forward for: a request that comes from one is taken to come from the last address in its `X-Forwarded-For` that is no trusted proxy's; where there is none that can be read, from nowhere. Name the proxies alone, not networks that clients are in too: whoever is in them can say to be anybody. Without it whoever connects is who asks, so that behind a proxy every request comes from the proxy: an agency that has `allowedNetworks` is shut out, or not bounded at all where they hold the proxy.",
		Example: "10.30.0.0/28",
	}, proxies)
	RequestIDHeader = text(Key{
		Name: "requestIdHeader", Group: Listen, Range: "name of a header",
		Meaning: "Header that a trusted proxy sets to the request's id. Taken only where it is 16 to 64 hexadecimal digits and hyphens; otherwise, and by default, each request gets an id of Sala's. The answer carries it as `X-Request-Id`.",
		Example: "X-Request-Id",
	}, headerName)

	Issuers = texts(Key{
		Name: "issuer", Group: SignIn, Range: "https URL, or URL#claim=value; http on loopback only",
		Meaning: "OpenID issuers whose access tokens are accepted beside those that agencies have registered, as in their claim `iss`; what an agency has registered of one does not count. `#claim=value` marks access tokens of an issuer that cannot set `typ: at+jwt`. Whose members they are, agencies' registrations decide.",
		Example: "https://idp.agency.example",
	}, issuer)
	IssuerNetworks = texts(Key{
		Name: "issuerNetwork", Group: SignIn, Range: "network as ADDRESS/BITS",
		Meaning: "Networks beside public addresses that may be asked for the metadata and keys of issuers that agencies have registered: those of issuers within the deployment's own network.",
		Example: "10.20.0.0/16",
	}, network)
	Audience = text(Key{
		Name: "audience", Group: SignIn, Range: "text",
		Meaning: "The one audience that a token must name, where its agency has registered none of its own. Required.", Example: "https://sala.example/api",
	}, func(string) error { return nil })
	TokenLifetime = duration(Key{
		Name: "tokenLifetime", Group: SignIn, Default: "1h",
		Meaning: "Longest lifetime (`exp` less `iat`) that a token may have.", Example: "15m",
	}, time.Minute, 24*time.Hour)
	PublicURL = text(Key{
		Name: "publicURL", Group: SignIn, Range: "https URL of the API's endpoint, without query",
		Meaning: "Where clients reach the API, as their proofs of possession name it (RFC 9449, `htu`). Where it is left out, tokens that are bound to a key are refused; a plain bearer they never are.",
		Example: "https://sala.example/graphql",
	}, publicURL)
	ClientCertificates = yes(Key{
		Name: "clientCertificates", Group: SignIn,
		Meaning: "Asks clients for a TLS certificate, to which their tokens may be bound (RFC 8705); needs TLS of Sala's own. Whose it is nobody checks but the token: it opens nothing by itself.", Example: "true",
	})
	CursorKeyFile = file(Key{
		Name: "cursorKeyFile", Group: SignIn, Secret: true,
		Meaning: "File with 32 random bytes in hexadecimal that seal cursors (`openssl rand -hex 32`). The same in every process of a deployment. Required.",
		Example: "/etc/sala/secrets/cursor.key",
	})

	Zone = zone(Key{
		Name: "zone", Group: Rules, Default: "Asia/Vientiane",
		Meaning: "Time zone in which calendar dates are read, such as birth dates, by which childhood is decided (E1). The same in every process of a deployment.",
		Example: "Asia/Bangkok",
	})
	ErasureStopTime = duration(Key{
		Name: "erasureStopTime", Group: Rules, Default: "336h",
		Meaning: "How long an erasure can be stopped after the second person's word (H4). Never below 14 days, to which the database holds it as well.", Example: "720h",
	}, 14*24*time.Hour, 365*24*time.Hour)
	SignInObjectionTime = duration(Key{
		Name: "signInObjectionTime", Group: Rules, Default: "72h",
		Meaning: "How long an agency that is in use has to object to a change of how it signs in which others have approved, unless it countersigns; and one that leaves, to the deletion of what it contributed. Never below 72 hours.", Example: "168h",
	}, 72*time.Hour, 90*24*time.Hour)
	ExportFetchTime = duration(Key{
		Name: "exportFetchTime", Group: Rules, Default: "2160h",
		Meaning: "How long an agency that leaves has to fetch its export, from the end of its agreements on, before two other agencies may have its contributions deleted without. Never below 30 days, to which the database holds it as well.", Example: "4320h",
	}, 30*24*time.Hour, 2*365*24*time.Hour)
	ClosedCaseMonths = whole(Key{
		Name: "closedCaseMonths", Group: Rules, Default: "120",
		Meaning: "Months after which a closed case stands on its owner's supervisors' worklists for a decision about keeping it, where its agency has not chosen (H4). Nothing is erased by itself.", Example: "60",
	}, 12, 600)
	RefusalStatute = text(Key{
		Name: "refusalStatute", Group: Rules, Range: "text",
		Meaning: "The statute, with its article, that demands monthly counts of persons who refuse to be identified, protected or assisted (F4). Where it is left out nothing is counted, and the data-protection focal points of coordination bodies are refused the counts. The same in every process of a deployment.",
		Example: "Act 12/2030, article 7",
	}, func(string) error { return nil })
	RefusalRegions = texts(Key{
		Name: "refusalRegion", Group: Rules, Range: "CODE=REGION, CODE an agency's or AGENCY/UNIT",
		Meaning: "Regions of those counts, by the code of the agency, or of the unit of it, whose member recorded the refusal. What has none is counted as OTHER.",
		Example: "lwu/champasak=SOUTH",
	}, region)
	RefusalThreshold = whole(Key{
		Name: "refusalThreshold", Group: Rules, Default: "11",
		Meaning: "Below how many persons one of those counts is withheld, and others with it where they would tell it (F4, J1).", Example: "20",
	}, 11, 1000)
	BreakGlassTime = duration(Key{
		Name: "breakGlassTime", Group: Rules, Default: "4h",
		Meaning: "How long a case that was opened by break-glass stays open at most (F3). Never above 24 hours, to which the database holds it as well.", Example: "2h",
	}, time.Minute, 24*time.Hour)
	BreakGlassTries = whole(Key{
		Name: "breakGlassTries", Group: Rules, Default: "3",
		Meaning: "How many attempts at break-glass a member has in 24 hours (F3).", Example: "2",
	}, 1, 20)

	Documents = file(Key{
		Name: "documents", Group: Bounds,
		Meaning: "File of registered GraphQL documents, as `sala documents register` writes it. Beside those of Sala's own command line nothing else is answered: no other document is so much as parsed. A changed file is taken up without a restart; a broken one is not, and that is logged.",
		Example: "/etc/sala/documents.json",
	})
	AnyDocument = yes(Key{
		Name: "anyDocument", Group: Bounds,
		Meaning: "Answers documents that nobody registered, within the limits on an operation: for trials, and where partners' systems change faster than they can be registered.", Example: "true",
	})
	DocumentsReloadInterval = duration(Key{
		Name: "documentsReloadInterval", Group: Bounds, Default: "10s",
		Meaning: "How often the file of registered documents is looked at for a change.", Example: "1m",
	}, time.Second, time.Hour)
	MemberRequestsPerMinute = whole(Key{
		Name: "memberRequestsPerMinute", Group: Bounds, Default: "600",
		Meaning: "Most requests a minute of one member, in each process apart and within what the member's agency may ask for; more is answered with 429, the code LIMITED and `Retry-After`. 0 is no limit.", Example: "120",
	}, 0, 1000000)
	MemberConcurrentRequests = whole(Key{
		Name: "memberConcurrentRequests", Group: Bounds, Default: "16",
		Meaning: "Most requests of one member at a time, as memberRequestsPerMinute. 0 is no limit.", Example: "4",
	}, 0, 10000)

	StreamInterval = duration(Key{
		Name: "streamInterval", Group: Bounds, Default: "5s",
		Meaning: "How often an event stream (a subscription) looks for news, and whether who asked still may. It costs a sign-in and a statement each time.", Example: "2s",
	}, 100*time.Millisecond, time.Minute)
	MaxStreams = whole(Key{
		Name: "maxStreams", Group: Bounds, Default: "200",
		Meaning: "Most event streams at a time; more are answered with 429. They wait outside maxOperations, within maxConnections. 0: no subscriptions.", Example: "500",
	}, 0, 100000)
	MemberStreams = whole(Key{
		Name: "memberStreams", Group: Bounds, Default: "4",
		Meaning: "Most event streams of one member at a time, in each process apart.", Example: "2",
	}, 1, 1000)

	ReadHeaderTimeout = duration(Key{
		Name: "readHeaderTimeout", Group: Bounds, Default: "10s",
		Meaning: "How long a request's headers may take.", Example: "5s",
	}, 100*time.Millisecond, 5*time.Minute)
	ReadTimeout = duration(Key{
		Name: "readTimeout", Group: Bounds, Default: "1m",
		Meaning: "How long a whole request may take to arrive.", Example: "2m",
	}, 100*time.Millisecond, time.Hour)
	OperationTimeout = duration(Key{
		Name: "operationTimeout", Group: Bounds, Default: "2m",
		Meaning: "How long an operation may take, signing in included. One that is not done by then is ended; a change is stored wholly or not at all.", Example: "30s",
	}, 100*time.Millisecond, time.Hour)
	WriteTimeout = duration(Key{
		Name: "writeTimeout", Group: Bounds, Default: "4m",
		Meaning: "How long a request may take from its headers to the end of its answer. Longer than readTimeout and operationTimeout together.", Example: "5m",
	}, time.Second, 3*time.Hour)
	IdleTimeout = duration(Key{
		Name: "idleTimeout", Group: Bounds, Default: "2m",
		Meaning: "How long a connection without a request is kept.", Example: "1m",
	}, time.Second, time.Hour)
	MaxConnections = whole(Key{
		Name: "maxConnections", Group: Bounds, Default: "1000",
		Meaning: "Most connections of clients at a time; more wait to be taken in.", Example: "5000",
	}, 1, 100000)
	MaxOperations = whole(Key{
		Name: "maxOperations", Group: Bounds, Default: "64",
		Meaning: "Most operations at a time; more are answered with 503 and `Retry-After`. What an agency may ask for (`requestsPerMinute`, `concurrentRequests`) is counted within it, in each process apart; more is answered with 429, the code LIMITED and `Retry-After`.", Example: "128",
	}, 1, 10000)
	GCTarget = whole(Key{
		Name: "gcTarget", Group: Bounds, Default: "400",
		Meaning: "How far the server's memory may grow, in per cent of what is in use, before it is collected: more costs memory and saves processor time (docs/performance.md). It stands in for the variable `GOGC`.",
		Example: "200",
	}, 10, 10000)
	MemoryLimit = whole(Key{
		Name: "memoryLimit", Group: Bounds, Default: "1024",
		Meaning: "Memory of the server in MiB, near which it is collected more often, whatever gcTarget says. Set it to about three quarters of what the process may have: it is no bound that stops growth. It stands in for the variable `GOMEMLIMIT`.",
		Example: "3072",
	}, 64, 1<<20)
	DrainDelay = duration(Key{
		Name: "drainDelay", Group: Bounds, Default: "5s",
		Meaning: "How long, once told to stop, the server goes on taking requests while `/readyz` says no, so that load balancers turn away first.", Example: "15s",
	}, 0, 10*time.Minute)
	DrainTimeout = duration(Key{
		Name: "drainTimeout", Group: Bounds, Default: "30s",
		Meaning: "How long, after that, operations under way may take to end. Then they are cut off; a change is stored wholly or not at all. A second signal ends the program at once.", Example: "1m",
	}, 0, time.Hour)

	OperationsAddress = address(Key{
		Name: "operationsAddress", Group: Watch, Default: "127.0.0.1:9090",
		Meaning: "Where `/livez`, `/readyz` and `/metrics` are served, without TLS. They hold nothing about persons; keep them inside all the same.", Example: "0.0.0.0:9090",
	})
	LedgerMaxLag = duration(Key{
		Name: "ledgerMaxLag", Group: Watch, Default: "1m",
		Meaning: "How long records may be without a place in the ledger before the server, or `sala ledger sequence`, is not ready.", Example: "5m",
	}, 5*time.Second, 24*time.Hour)
	LedgerSequencer = oneOf(Key{
		Name: "ledgerSequencer", Group: Watch, Default: "here",
		Meaning: "Who gives records of disclosures their places in the ledger: `here`, this server as well, or `apart`, `sala ledger sequence`, which has to run then. Where nobody does, servers are not ready after ledgerMaxLag, whichever it is.",
		Example: "apart",
	}, "here", "apart")
	LogLevel = oneOf(Key{
		Name: "logLevel", Group: Watch, Default: "info",
		Meaning: "What is logged: JSON lines on standard error, one an operation at level info.", Example: "warn",
	}, "debug", "info", "warn", "error")
	TraceEndpoint = text(Key{
		Name: "traceEndpoint", Group: Watch, Range: "https URL; http on loopback only",
		Meaning: "OpenTelemetry collector (OTLP over HTTP) that traces are sent to. Without it there are none. Spans hold the kind of operation, its outcome and the kind of agency: no statement, no variable, no name.",
		Example: "http://127.0.0.1:4318/v1/traces",
	}, secure)
	TraceShare = share(Key{
		Name: "traceShare", Group: Watch, Default: "0.1",
		Meaning: "Share of the requests that are traced.", Example: "1",
	})
)

// zone declares a time zone by its name in the zone database, which the program holds.
func zone(k Key) Of[*time.Location] {
	k.Range = "name of the IANA time zone database"
	k.check = func(s string) error {
		if _, err := time.LoadLocation(s); err != nil || s == "Local" {
			return bad("must be a zone of the IANA database, such as Asia/Vientiane")
		}
		return nil
	}
	return declare(k, func(v []string) *time.Location {
		l, _ := time.LoadLocation(first(v))
		return l
	})
}

// database checks the database's URL. A password in it would stand in process lists,
// in the shell's history and in backups of the configuration.
func database(s string) error {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok {
		if path == "" {
			return bad("names no file: give sqlite:PATH")
		}
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" {
		return bad("must be postgres://USER@HOST/DATABASE or sqlite:PATH")
	}
	if holdsPassword(u) {
		return bad("holds a password: put it into a file of its own and name that with databasePasswordFile")
	}
	return nil
}

// keyStore checks for a password alone: services/keystore knows the forms.
func keyStore(s string) error {
	if u, err := url.Parse(s); err == nil && holdsPassword(u) {
		return bad("holds a password: put it into a file of its own and name that with passfile=… in the URL")
	}
	return nil
}

func holdsPassword(u *url.URL) bool {
	_, there := u.User.Password()
	q := u.Query()
	return there || q.Has("password") || q.Has("sslpassword")
}

func headerName(s string) error {
	for _, r := range s {
		if r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return bad("must be the name of a header: letters, digits and hyphens")
		}
	}
	switch strings.ToLower(s) {
	case "authorization", "cookie", "content-type", "content-length", "host":
		return bad("names a header with a meaning of its own")
	}
	return nil
}

func network(s string) error {
	if p, err := netip.ParsePrefix(s); err != nil || p != p.Masked() || p.Addr().Is4In6() {
		return bad("must be a network as ADDRESS/BITS, without bits of a host; one of IPv4 in its own form")
	}
	return nil
}

// proxies refuses the network of everybody: an address of the other family could be forged
// by each of them.
func proxies(s string) error {
	if err := network(s); err != nil {
		return err
	}
	if netip.MustParsePrefix(s).Bits() == 0 {
		return bad("would trust everybody: name the proxies alone")
	}
	return nil
}

func publicURL(s string) error {
	if strings.ContainsAny(s, "?#") {
		return bad("has a query or a fragment")
	}
	return secure(s)
}

func region(s string) error {
	if code, name, ok := strings.Cut(s, "="); !ok || code == "" || name == "" {
		return bad("must be of the form CODE=REGION")
	}
	return nil
}

func issuer(s string) error {
	raw, mark, marked := strings.Cut(s, "#")
	if claim, value, ok := strings.Cut(mark, "="); marked && (!ok || claim == "" || value == "") {
		return bad("has a mark that is not of the form URL#claim=value")
	}
	return secure(raw)
}
