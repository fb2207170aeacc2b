package serve

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/configuration"
)

// scope is the name that Sala's own spans are made under; no other leaves.
const scope = "sala"

// tracing starts the traces, where the configuration names a collector. The returned
// function sends what is left.
func tracing(ctx context.Context, v *configuration.Values, b Build, log *slog.Logger) (func(context.Context), error) {
	endpoint := configuration.TraceEndpoint.In(v)
	if endpoint == "" {
		return func(context.Context) {}, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "traces cannot be sent: check traceEndpoint")
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(ownSpans{exporter}),
		sdktrace.WithSampler(sdktrace.TraceIDRatioBased(configuration.TraceShare.In(v))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "sala"), attribute.String("service.version", b.Version))),
	)
	otel.SetTracerProvider(provider)
	words := logline.Writer(log, "opentelemetry")
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { _, _ = words.Write(nil) }))
	return func(ctx context.Context) { _ = provider.Shutdown(ctx) }, nil
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
