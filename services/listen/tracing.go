package listen

import (
	"context"
	"log/slog"
	"runtime/debug"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
)

// scope is the name that Sala's own spans are made under; no other leaves.
const scope = "sala"

// Traces says where traces go, and of what.
type Traces struct {
	// Endpoint is that of an OpenTelemetry collector (OTLP over HTTP); empty: no traces.
	Endpoint string
	Share    float64 // of the requests that are traced, 0 to 1
	Service  string  // the program's name
}

// Start starts the traces of the process. The returned function sends what is left.
func (t Traces) Start(ctx context.Context, log *slog.Logger) (func(context.Context), error) {
	if t.Endpoint == "" {
		return func(context.Context) {}, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(t.Endpoint))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "traces cannot be sent: check traceEndpoint")
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(ownSpans{exporter}),
		sdktrace.WithSampler(sdktrace.TraceIDRatioBased(t.Share)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", t.Service), attribute.String("service.version", version()))),
	)
	otel.SetTracerProvider(provider)
	words := logline.Writer(log, "opentelemetry")
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { _, _ = words.Write(nil) }))
	return func(ctx context.Context) { _ = provider.Shutdown(ctx) }, nil
}

// version is that of the program, as it was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

func tracer() trace.Tracer { return otel.Tracer(scope) }

// ownSpans lets Sala's spans out and no library's: those name statements and URLs.
type ownSpans struct{ sdktrace.SpanExporter }

// ExportSpans implements sdktrace.SpanExporter.
func (o ownSpans) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	var own []sdktrace.ReadOnlySpan
	for _, s := range spans {
		if s.InstrumentationScope().Name == scope {
			own = append(own, s)
		}
	}
	if len(own) == 0 {
		return nil
	}
	return o.SpanExporter.ExportSpans(ctx, own)
}
