package v1alpha1

// For whom an agency's departure waits, as its status begins to say it.
const (
	WaitsForCaseWorkers = "its case workers, who hand its cases over"
	WaitsForExport      = "its administrator, who fetches its export"
	WaitsForReturn      = "its being let in again: the people of a suspended agency hand over no case and fetch no export"
)
