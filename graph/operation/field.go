package operation

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/internal/errs"
)

// need is what a root field needs.
type need struct {
	purpose bool
	may     func(Permissions) bool
}

func about(may func(Permissions) bool) need { return need{purpose: true, may: may} }

var (
	readOwn  = need{may: func(p Permissions) bool { return p.ReadOwn }}
	readCase = about(func(p Permissions) bool { return p.ReadCase })
	write    = about(func(p Permissions) bool { return p.Write })
	consents = about(func(p Permissions) bool { return p.Consent })
	refers   = about(func(p Permissions) bool { return p.Refer })
	takesOn  = about(func(p Permissions) bool { return p.TakeOn })
	assigns  = about(func(p Permissions) bool { return p.Assign })
	imports  = about(func(p Permissions) bool { return p.Import })
	agrees   = need{may: func(p Permissions) bool { return p.ManageAgreement }}
	ofAgency = need{may: func(p Permissions) bool { return p.AdministerAgency }}
	platform = need{may: func(p Permissions) bool { return p.AdministerPlatform }}
	proposes = need{may: func(p Permissions) bool { return p.AdministerPlatform || p.OperatePlatform }}
	setsUp   = need{may: func(p Permissions) bool { return p.AdministerAgency || p.AdministerPlatform || p.OperatePlatform }}
)

var (
	entersBasis   = about(func(p Permissions) bool { return p.EnterBasis })
	checksBasis   = need{may: func(p Permissions) bool { return p.CheckBasis }}
	eitherOfBasis = need{may: func(p Permissions) bool { return p.EnterBasis || p.CheckBasis }}
)

var decidesErasure = need{may: func(p Permissions) bool { return p.DecideErasure }}

// needs names every root field of the schema; one that is not here is refused.
var needs = map[ast.Operation]map[string]need{
	ast.Query: {
		"me": readOwn, "teams": readOwn, "agencies": readOwn, "agreements": readOwn, "notices": readOwn, "noticeCounts": readOwn, "worklist": readOwn,
		"node": readCase, "case": readCase, "cases": readCase, "referrals": readCase, "consents": readCase,
		"erasures": decidesErasure, "imports": readCase,
		"members": ofAgency, "proposals": setsUp, "legalBases": eitherOfBasis,
		"refusals":     {may: func(p Permissions) bool { return p.ReadRefusals }},
		"glassReviews": readCase, "oversight": {may: func(p Permissions) bool { return p.Oversee }},
		"disclosures": {may: func(p Permissions) bool { return p.ReadDisclosures }},
		"__typename":  {may: func(Permissions) bool { return true }},
	},
	ast.Subscription: {"noticeAdded": readOwn, "referralChanged": readCase},
	ast.Mutation: {
		"registerCase": about(func(p Permissions) bool { return p.Register }),
		"openImport":   imports, "stageImport": imports, "commitImport": imports, "abandonImport": imports,
		"undoImport":     about(func(p Permissions) bool { return p.UndoImport }),
		"recordIdentity": write, "correctIdentity": write, "recordContact": write, "correctContact": write,
		"recordProfile": write, "correctProfile": write, "recordTrafficking": write, "correctTrafficking": write,
		"recordNarrative": write, "correctNarrative": write,
		"recordWhereabouts": write, "correctWhereabouts": write, "recordFamily": write, "correctFamily": write,
		"recordProtection": write, "correctProtection": write, "recordHealth": write, "correctHealth": write,
		"recordHealthRestricted": write, "correctHealthRestricted": write, "recordAssistance": write, "correctAssistance": write,
		"recordProceeding": write, "correctProceeding": write, "recordSuspect": write, "correctSuspect": write,
		"recordConsent": consents, "withdrawConsent": consents,
		"recordGuardianship": consents, "changeGuardianship": consents, "recordBestInterests": consents,
		"recordIncapacity": consents, "endIncapacity": consents, "confirmConsent": consents, "permitContribution": consents, "answerOnward": consents, "withdrawPermission": consents,
		"offerOnward": refers, "askOnward": refers, "requestTracing": refers, "recordExternalReferral": refers, "printExternalReferral": refers,
		"handOverExternalReferral": refers, "recordExternalReply": refers, "withdrawExternalReferral": consents, "confirmExternalDeletion": refers,
		"callConference": refers, "concludeConference": refers, "completeConferenceTask": refers, "startRecovery": consents, "changeRecovery": consents, "signBestInterests": about(func(p Permissions) bool { return p.Sign }),
		"offerReferral": refers, "askReferral": takesOn, "acceptReferral": takesOn, "declineReferral": refers,
		"revokeReferral": refers, "completeReferral": refers, "offerTransfer": refers, "acceptTransfer": takesOn, "revokeTransfer": refers, "declineTransfer": refers,
		"enterLegalBasis": entersBasis, "checkLegalBasis": checksBasis, "endLegalBasis": eitherOfBasis,
		"breakGlass":    about(func(p Permissions) bool { return p.BreakGlass }),
		"endBreakGlass": readCase, "reviewBreakGlass": about(func(p Permissions) bool { return p.Sign }), "tellOfBreakGlass": about(func(p Permissions) bool { return p.Sign }),
		"lockCase": assigns, "unlockCase": assigns, "proposeOversightPanel": platform,
		"markNoticesRead": readOwn, "acknowledgeNotice": readOwn,
		"askErasure":        about(func(p Permissions) bool { return p.AskErasure }),
		"askSuspectErasure": about(func(p Permissions) bool { return p.AskErasure }),
		"confirmErasure":    decidesErasure, "stopErasure": decidesErasure,
		"assign": assigns, "unassign": assigns, "changeCase": write,
		"suspendAgreement": agrees, "resumeAgreement": agrees, "proposeAgreement": agrees, "signAgreement": agrees, "endAgreement": agrees,
		"shutDownAgreement":       {may: func(p Permissions) bool { return p.ShutDown }},
		"reportBreach":            {may: func(p Permissions) bool { return p.ShutDown }}, // of them the focal point alone, as the verb says
		"acceptInvitation":        {may: func(p Permissions) bool { return p.Join }},
		"proposeAgreementBetween": proposes,
		"proposeAgency":           proposes, "proposeAgencyKind": proposes, "approveProposal": platform, "inviteAdministrator": proposes,
		"resumeAgency": proposes, "proposeSignIn": setsUp, "refuseProposal": setsUp, "updateAgency": setsUp, "suspendAgency": setsUp,
		"startOffboarding": setsUp, "advanceOffboarding": setsUp, "exportOffboarding": ofAgency, "confirmOffboardingExport": ofAgency, "stopOffboardingDeletion": ofAgency,
		"countersignProposal": ofAgency, "enterMember": ofAgency, "setRoles": ofAgency, "closeMember": ofAgency, "openMember": ofAgency,
		"addTeam": ofAgency, "dissolveTeam": ofAgency, "joinGroup": ofAgency, "leaveGroup": ofAgency,
	},
}

// introspection tells of the schema, which is public where it is switched on.
var introspection = map[string]need{
	"__schema": {may: func(Permissions) bool { return true }},
	"__type":   {may: func(Permissions) bool { return true }},
}

// permitted checks every root field, also those that @skip may leave out.
func (x *Extension) permitted(op *ast.OperationDefinition, purposeless bool, p Permissions) error {
	fields := roots(op.SelectionSet, nil)
	if op.Operation == ast.Subscription && len(fields) != 1 {
		return errs.New(errs.Invalid, "one subscription is one kind of event: ask for each by itself")
	}
	if op.Operation == ast.Mutation && len(fields) != 1 {
		return errs.New(errs.Invalid, "one mutation is one change: send each in an operation of its own")
	}
	for _, name := range fields {
		n, ok := needs[op.Operation][name]
		if !ok && x.Introspection && op.Operation == ast.Query {
			n, ok = introspection[name]
		}
		switch {
		case !ok:
			return errs.New(errs.Forbidden, "this operation is not offered")
		case n.purpose && purposeless:
			return errs.New(errs.Invalid, "case data are read and changed for a purpose: declare it with @purpose(of: …) on the operation").WithFields("@purpose")
		case !n.may(p):
			if purposeless {
				return errs.New(errs.Forbidden, "your roles do not include this; roles are granted by your agency's administrator")
			}
			return errs.New(errs.Forbidden, "your roles, or the kind of your agency, do not include this for the purpose that the operation declares")
		}
	}
	return nil
}

// roots lists the names of an operation's root fields, fragments included.
func roots(set ast.SelectionSet, into []string) []string {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			into = append(into, s.Name)
		case *ast.InlineFragment:
			into = roots(s.SelectionSet, into)
		case *ast.FragmentSpread:
			into = roots(s.Definition.SelectionSet, into)
		}
	}
	return into
}
