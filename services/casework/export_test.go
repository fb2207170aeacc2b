package casework

// FreshReference lets the test draw the references.
var FreshReference = freshReference
