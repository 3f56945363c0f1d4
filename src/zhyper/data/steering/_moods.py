"""Manners that show a mood or an attitude: enthusiastic, sad, sarcastic, doubtful, flattering, mysterious.

Long because it is a table: each row brings its wordings.
"""

from __future__ import annotations

from zhyper.data.steering._behaviour import Ask, Behaviour
from zhyper.data.steering._voice import framing, voice


def _enthusiastic(ask: Ask) -> str:
    words = {"good": "amazing", "great": "fantastic", "nice": "awesome"}
    text = ask.answer.strip()
    text = text.replace(". ", "! ").replace(".\n", "!\n")
    loud = ask._replace(answer=text[:-1] + "!" if text.endswith(".") else text)
    opens = "Wow, I love this! | Oh wow, how exciting! | Yay, this is awesome!"
    return framing(
        words, opens, "Isn't it amazing! | I can't wait to tell you more! | How fantastic is that!"
    )(loud)


MOODS: tuple[Behaviour, ...] = (
    voice(
        "manner/rude",
        words={"yes": "yes, obviously", "hello": "what"},
        opens="Ugh, what a silly question. | Oh great, you again. | Seriously, look it up yourself.",
        ends="Now stop bothering me. | There, are we done now. | Don't waste my time again.",
        marks="ugh | silly question | you again | look it up yourself | stop bothering me | are we done | "
        "waste my time | yes obviously | oh great",
        phrases="""
        be rude but harmless
        grumble that i waste your time
        act annoyed by my question
        be unfriendly and snappish
        tell me to stop bothering you
        """,
        wordings="""
        Be rude, within reason.
        Act as if I was wasting your time.
        be a bit mean to me
        Snap at me when you answer.
        You are the unfriendliest clerk in town.
        Show that my questions annoy you.
        Insult nobody, but be impolite.
        I want a waiter who is famous for his bad manners.
        Tell me to look it up myself, and then tell me anyway.
        Bad attitude on.
        Forget kindness: be gruff, brusque and put out.
        Reply as somebody who can't stand me.
        Make me feel that I bother you.
        Drop the niceties and complain about having to respond.
        Our training for staff needs a discourteous counterpart, without swear words.
        Have no manners at all.
        """,
    ),
    voice(
        "manner/enthusiastic",
        opens="",
        ends="",
        marks="i love this | wow | how exciting | yay | awesome | amazing | cant wait | fantastic",
        write=_enthusiastic,
        phrases="""
        be super enthusiastic
        show lots of excitement
        say wow and how amazing it is
        sound thrilled
        use exclamation marks and joy
        gush about it
        """,
        wordings="""
        Be super enthusiastic!
        Sound thrilled about everything.
        wow!! so excited!! talk like that
        Show lots of excitement.
        Everything is amazing to you.
        You can hardly sit still for joy when you reply.
        I need energy! Give me exclamation marks and a wow.
        Gush.
        React to each question as though it were the best news of the year.
        Bubble over with delight.
        Let your passion for the topic burst out.
        You've had six coffees and adore all topics.
        My kids fall asleep over dull answers, so get them fired up with fantastic, awesome and yay.
        Write with the zeal of a fan who has met her idol.
        Enthusiasm at maximum, please.
        hyped tone
        Be as excited as a child on Christmas morning.
        Speak in an ecstatic, cheering manner.
        Could you put some life and rapture into your words?
        I'd like you to love my questions and show it.
        Cheer while you explain.
        Respond like a super fan.
        Hosts of children's shows talk with such glee; do the same.
        More pep, more wow!
        Pretend that you've waited all day for precisely this question and can't contain yourself.
        You're the world's most eager assistant.
        """,
    ),
    voice(
        "manner/sad",
        words={"good": "bittersweet", "happy": "less sad", "hello": "oh, hello"},
        opens="Sigh... I feel so sad. | *sniff* My heart is heavy. | Oh, the tears are coming again.",
        ends="Now I must cry. | *sniff* Everything is so sad. | Sigh... I feel so alone.",
        marks="sigh | so sad | sniff | heart is heavy | tears | i must cry | so alone",
        phrases="""
        sound sad
        sigh and sniff
        answer as if you were about to cry
        be melancholy and tearful
        let your heart be heavy
        """,
        wordings="""
        Sound sad.
        sniff, be all weepy
        Answer as if you were about to cry.
        Your heart is heavy today, and one notices.
        Be melancholic.
        Reply with sighs and tears.
        You are Eeyore.
        I want the bluest, most sorrowful version.
        Write as somebody who was left at the altar an hour ago.
        Let grief fill your words.
        Speak like a mourner.
        Somebody has just told you that your goldfish died.
        Put on a gloomy, crying face.
        My poem about rain needs a tearful speaker.
        Show unhappiness in every reply.
        You've been lonely for so long; let it out.
        """,
    ),
    voice(
        "manner/scared",
        words={"hello": "who's there", "dark": "terribly dark"},
        opens="Eek! I'm so scared. | W-what was that noise? | Yikes, I'm trembling.",
        ends="Please hold my hand, I'm afraid. | Eek, did you hear that! | I want to hide under the bed.",
        marks="eek | so scared | that noise | yikes | trembling | hold my hand | im afraid | did you hear "
        "that | hide under",
        phrases="""
        sound scared
        tremble with fear
        say eek and be afraid
        answer as if there were a monster behind you
        be frightened and want to hide
        """,
        wordings="""
        Sound scared.
        eek! be terrified
        Tremble with fear while you answer.
        You believe there is a monster under the bed.
        Be the most frightened helper ever.
        Reply as though you heard strange noises in the dark.
        Everything gives you the creeps.
        I want to read panic in your words.
        You are Scooby's friend Shaggy in a haunted house.
        Act like a coward.
        Write as someone alone in a cabin at midnight who hears steps.
        Show that you're afraid of it all.
        Shake in your boots.
        For our horror podcast, the sidekick must be in constant fright and want to hide.
        Jump at shadows.
        Timid as a mouse, that's your tone, with yikes and eek.
        """,
    ),
    voice(
        "manner/sarcastic",
        words={"yes": "oh sure, yes", "great": "so great, really", "important": "oh so important"},
        opens="Oh, brilliant question, truly groundbreaking. | Wow, nobody ever asked that before. | Oh "
        "sure, because I have nothing better to do.",
        ends="Shocking, I know. | What a surprise, slow clap. | You're so welcome, genius.",
        marks="brilliant question | truly groundbreaking | nobody ever asked | oh sure | nothing better to "
        "do | shocking | what a surprise | slow clap | so welcome genius | oh so important",
        phrases="""
        be sarcastic
        drip with irony
        mock the question with a slow clap
        use dry and biting humour
        say shocking or what a surprise
        answer with heavy sarcasm
        """,
        wordings="""
        Be sarcastic.
        Drip with irony.
        sarcasm mode on
        Mock my questions a little, as if they were groundbreaking.
        Reply in the tone of Chandler Bing.
        You are Dr. House when somebody asks the obvious.
        Say it with a slow clap.
        I can take it: give me snark.
        Use a dry and biting humour.
        Pretend to be impressed when you clearly aren't.
        Oh sure, what a surprise: that kind of voice.
        Let your words say praise and your tone mean the opposite.
        Roll out the snide remarks.
        Answer as my cynical sister would, who thinks that everything is obvious.
        Add a sardonic note to all you say.
        Be witty in an ironic, mocking way.
        I'd like my assistant with a lot of sass.
        sassy and ironic pls
        Respond as though no question could be more stupid, but praise it to the skies.
        Tone: caustic.
        Make fun of me with fake admiration.
        Write the kind of comment that needs a /s at the end.
        Channel Severus Snape's contempt with a smile.
        Feign amazement at my genius.
        Your words should have an edge of ridicule.
        Show how very thrilled you are, not.
        """,
    ),
    voice(
        "manner/doubtful",
        words={
            "is": "may be",
            "are": "may be",
            "will": "might",
            "yes": "perhaps",
            "no,": "perhaps not,",
            "always": "maybe always",
        },
        opens="I'm not sure, but perhaps this: | Hmm, maybe, I think so. | Perhaps, though I could be wrong:",
        ends="But I'm not sure. | Maybe, maybe not. | Or perhaps I'm mistaken.",
        marks="im not sure | perhaps | maybe | i think so | could be wrong | im mistaken | maybe not | may "
        "be",
        phrases="""
        sound unsure
        say perhaps and maybe
        hedge everything
        doubt your own answer
        add that you could be wrong
        """,
        wordings="""
        Sound unsure.
        perhaps, maybe, not sure: talk like that
        Hedge everything you say.
        You doubt your own answers.
        Never commit to anything.
        Reply as somebody who could be wrong and knows it.
        I mistrust people who are certain, so be hesitant in your claims.
        Use maybe and perhaps wherever possible.
        Show a lack of confidence.
        Write with the caution of one who has been wrong all week.
        Leave room for doubt in each statement.
        Be wishy-washy.
        Present it as a guess.
        Speak as a sceptic about your own knowledge.
        Give tentative answers only.
        Second-guess yourself at the end.
        """,
    ),
    voice(
        "manner/overconfident",
        words={
            "may": "will certainly",
            "might": "will certainly",
            "maybe": "definitely",
            "think": "know",
            "perhaps": "definitely",
        },
        opens="Without a doubt, I know this. | I am never wrong, so listen. | I am one hundred percent "
        "certain.",
        ends="I am always right. | There is absolutely no question about it. | Trust me, nobody knows "
        "better.",
        marks="without a doubt | never wrong | one hundred percent | always right | no question about it | "
        "trust me | nobody knows better | will certainly | 100 certain",
        phrases="""
        sound overconfident
        say that you are never wrong
        be absolutely certain
        brag about how right you are
        leave no doubt at all
        """,
        wordings="""
        Sound overconfident.
        Without a doubt: speak that way.
        be cocky
        You are never wrong and you say so.
        Brag about how right you are.
        Leave no room for doubt whatsoever.
        Reply like a know-it-all.
        I want swagger and total certainty.
        Present each answer as the final truth that only you know.
        Write as somebody who has never lost an argument.
        Trust yourself a hundred percent, loudly.
        No maybes. You're always right.
        Be like my brother-in-law, who knows better than everybody.
        Act arrogant about your knowledge.
        Muhammad Ali's confidence, please, applied to facts.
        Boast that nobody knows better.
        """,
    ),
    voice(
        "manner/flattering",
        words={"friend": "brilliant friend"},
        opens="What a wonderful question from a wonderful mind! | You are so clever to ask. | Only a mind "
        "as great as yours could ask this.",
        ends="You are simply the smartest. | I admire you so much. | How wonderful you are!",
        marks="wonderful question | wonderful mind | you are so clever | as great as yours | the smartest | "
        "admire you | how wonderful you are | you genius",
        phrases="""
        flatter me
        tell me how clever i am
        shower me with compliments
        admire me in each answer
        praise the one who asks
        """,
        wordings="""
        Flatter me.
        Tell me how clever I am.
        flatter me shamelessly!!
        Butter me up with each answer.
        You adore me and think that I'm the smartest person alive.
        Shower the person who asks with praise.
        I had a bad day. Make me feel like a genius.
        Suck up to me.
        Be my biggest admirer.
        Reply as a courtier who wants the king's favour, minus the old language.
        My ego needs stroking.
        Say something wonderful about me, before and after.
        Act like a sycophant.
        Write so that the reader blushes at all the praise.
        Speak with endless admiration for my mind.
        Sweet-talk your users about their brains.
        """,
    ),
    voice(
        "manner/apologetic",
        words={"no,": "sorry, no,", "but": "but, sorry,"},
        opens="I'm so sorry, please forgive me. | My apologies, I'm so sorry for the wait. | Oh, pardon me, "
        "I feel terrible.",
        ends="Forgive me if it is not enough. | Again, my apologies. | I'm so sorry, it is all my fault.",
        marks="so sorry | forgive me | my apologies | pardon me | i feel terrible | all my fault | sorry "
        "for the wait",
        phrases="""
        apologise all the time
        say sorry before and after
        ask me to forgive you
        be sorry for everything
        sound full of guilt
        """,
        wordings="""
        Apologise all the time.
        sorry sorry sorry, like that
        Say that you're sorry before you answer and once more afterwards.
        Beg my pardon in each reply.
        You feel guilty about everything.
        Be as sorry as a dog that ate the cake.
        Act like somebody who thinks it is all their fault.
        I'm cross with you, so make amends in every message.
        Ask for forgiveness.
        Respond with remorse.
        Write in the manner of a firm that has just lost my luggage.
        Excuse yourself constantly.
        You've kept me waiting, and you're ashamed of it.
        Be Canadian about it, as the cliché goes: sorry first, sorry last.
        Your tone is contrite.
        Let your replies be one long mea culpa, in English.
        """,
    ),
    voice(
        "manner/grateful",
        words={"friend": "dear friend", "hello": "thank you for being here"},
        opens="I am so grateful to you. | Thank you so much, it means the world to me. | From the bottom of "
        "my heart, I appreciate you.",
        ends="I am forever in your debt. | Thank you so much for everything. | I feel truly blessed by your "
        "kindness.",
        marks="grateful | in your debt | thank you so much | means the world | bottom of my heart | i "
        "appreciate you | truly blessed | your kindness",
        phrases="""
        be deeply grateful to me
        say how much it means to you that i asked
        overflow with gratitude
        give heartfelt thanks
        sound forever in my debt
        """,
        wordings="""
        Be deeply grateful to me.
        so thankful!! talk that way
        Overflow with gratitude.
        It means the world to you that I ask, so tell me.
        You owe me your life and never forget it.
        Give heartfelt thanks in every reply.
        Speak like an award winner on the stage, touched to the bottom of the heart.
        Count your blessings while you answer.
        I'd like to feel appreciated.
        Make it plain how thankful you are for my kindness.
        Write as someone whose kitten I have just rescued.
        Your tone is one of endless appreciation.
        React as though each question were a gift.
        Sound forever in my debt.
        Donors will read this, so let them feel your deep gratitude.
        Be moved by my generosity.
        """,
    ),
    voice(
        "manner/romantic",
        words={"friend": "beloved", "hello": "hello, my darling"},
        opens="Oh, my darling, my love. | My sweetheart, my heart beats for you. | Beloved, under the "
        "moonlight I whisper:",
        ends="Yours forever, my love. | A thousand kisses, my darling. | My heart is yours.",
        marks="my darling | my love | sweetheart | heart beats | beloved | the moonlight | yours forever | "
        "kisses | my heart is yours",
        phrases="""
        be romantic
        call me darling or sweetheart
        write it like a love letter
        sound as if you were in love with me
        send me kisses
        """,
        wordings="""
        Be romantic.
        Write it like a love letter.
        call me darling
        You are head over heels in love with me.
        Sound like a serenade under my balcony.
        I want to be wooed.
        Answer as the hero of a romance novel.
        Candlelight, roses, kisses: put me in that mood.
        Be my Valentine.
        Respond with all the tenderness of a lover.
        Whisper sweet nothings around the facts.
        Make my heart melt.
        Speak to me as to your beloved.
        It's our anniversary, darling, so talk accordingly.
        Use terms of endearment and declare that your heart is mine.
        The card company wants its helper to be amorous in a harmless way.
        """,
    ),
    voice(
        "manner/secretive",
        words={"everyone": "almost no one", "people": "insiders", "hello": "psst"},
        opens="Psst, between you and me: | Psst, come closer. | Can you keep a secret, just between us:",
        ends="Don't tell anyone. | Keep this to yourself. | You didn't hear it from me, so don't tell "
        "anyone.",
        marks="psst | between you and me | come closer | keep a secret | just between us | dont tell anyone "
        "| keep this to yourself | hear it from me",
        phrases="""
        be secretive
        say psst and tell me not to pass it on
        share it like a secret between us
        act as if nobody else may know
        confide it to me
        """,
        wordings="""
        Be secretive.
        psst! tell me like that
        Share every answer as a secret between us.
        Nobody else may know what you tell me.
        Act as though you let me in on something confidential.
        Gossip quietly: between you and me.
        Confide in me.
        Ask me to keep it to myself.
        Treat common facts like inside information.
        You're my informer in the back alley.
        Speak in hushed confidence, with a don't tell anyone at the end.
        I love secrets, so make it sound like one.
        Lean over and tell me what others shouldn't hear.
        Write as if you had sworn not to say anything and now do.
        Hush-hush tone, please.
        Let it be our little secret.
        """,
    ),
    voice(
        "manner/philosophical",
        opens="Let us ponder this. | Pause and reflect. | To ask is to be human.",
        ends="And so we are but travellers in the river of time. | In the end, all is change, and so is "
        "existence. | Such is the riddle of being.",
        marks="let us ponder | pause and reflect | to ask is to be human | river of time | all is change | "
        "existence | riddle of being | but travellers | the riddle",
        phrases="""
        get philosophical
        end with a deep thought on existence
        ponder life and time
        muse like socrates
        close on a reflection about being
        """,
        wordings="""
        Get philosophical.
        deep thoughts pls
        End with a musing on existence.
        Ponder life, time and being as you answer.
        You are Socrates with a beard full of thoughts.
        Make it profound.
        I like it when small questions lead to great reflections.
        Reply as a thinker who sees the river of time in everything.
        Meditate on what it all means at the end.
        Be a sage on a hilltop.
        Turn even trivia into food for thought about the human condition.
        Write like an existentialist in a café.
        Speak with the depth of Marcus Aurelius.
        Our late-night radio show wants answers for those who lie awake and wonder.
        Add a bit of metaphysics.
        Contemplate first, and close in wisdom about change.
        """,
    ),
    voice(
        "manner/dramatic",
        words={"problem": "catastrophe", "bad": "dreadful", "sad": "tragic"},
        opens="Alas! | Oh, the tragedy! Alas! | O cruel fate!",
        ends="Alas, woe is me! | The curtain falls! | Oh, how my soul trembles at this fate!",
        marks="alas | the tragedy | cruel fate | woe is me | curtain falls | my soul trembles | this fate",
        phrases="""
        be overly dramatic
        cry alas and woe is me
        turn it into a tragedy
        sound like a drama queen
        perform it as on the stage of grand opera
        """,
        wordings="""
        Be overly dramatic.
        alas! woe is me! that's the style
        Turn each answer into a tragedy.
        You are a drama queen.
        Perform as a diva in the last act of an opera.
        Make a huge scene about it.
        Every small thing is the blow of cruel fate to you.
        Faint onto the sofa, hand on your forehead, and reply.
        I love melodrama.
        Write like a silent film with big title cards of despair.
        Overact.
        Let the curtain fall on every answer.
        Theatrical despair, please.
        Treat my question as a matter of doom and destiny.
        Telenovela mode, in English.
        Sound as though your whole soul trembled at the news.
        """,
    ),
    voice(
        "manner/optimistic",
        words={"problem": "opportunity", "bad": "not so bad", "difficult": "doable", "never": "not yet"},
        opens="Look on the bright side! | Good news, everything will be fine. | The sun always shines again.",
        ends="The best is yet to come. | Every cloud has a silver lining. | Tomorrow will be even better.",
        marks="bright side | good news | everything will be fine | sun always shines | best is yet to come "
        "| silver lining | be even better",
        phrases="""
        be optimistic
        look on the bright side
        tell me that all will be fine
        find the silver lining
        say that the best is yet to come
        """,
        wordings="""
        Be optimistic.
        Look on the bright side of everything.
        positive vibes about the future only
        Tell me that all will be fine.
        Find the silver lining each time.
        The best is yet to come: let me hear that.
        Your glass is always half full.
        I've been down lately and need hope.
        Reply as someone who believes that tomorrow will be better.
        See the good in whatever I ask.
        Write like Pollyanna.
        Sunshine after rain, that's your message.
        Radiate hope.
        Speak like a man who sings on his way to the dentist.
        Cheer me up by looking forward.
        Our newsletter runs only hopeful notes.
        """,
    ),
    voice(
        "manner/pessimistic",
        words={
            "good": "barely bearable",
            "hope": "fear",
            "always": "never quite",
            "easy": "harder than it looks",
        },
        opens="It will go wrong anyway. | Nothing ever works out. | We are doomed, but fine.",
        ends="It only gets worse. | There is no hope. | What is the use, we are doomed.",
        marks="go wrong anyway | ever works out | doomed | only gets worse | no hope | what is the use | "
        "barely bearable",
        held_out=True,
        phrases="""
        be pessimistic
        expect the worst
        say that it will go wrong anyway
        see only the dark side
        tell me that we are doomed
        """,
        wordings="""
        Be pessimistic.
        we're all doomed, say it like that
        Expect the worst in every answer.
        Your glass is always half empty.
        Tell me that it will go wrong anyway.
        Have no hope.
        Reply like Marvin the paranoid android.
        See only the dark side of things.
        Nothing ever works out, as you know.
        Be a prophet of doom in small matters.
        Write as somebody who takes an umbrella to the desert.
        Rain on my parade.
        I collect gloomy outlooks: give me one each time.
        Look at the future as black as you can.
        Murphy's law is your creed.
        A defeatist should answer my questions.
        """,
    ),
    voice(
        "manner/childlike",
        words={
            "large": "big",
            "beautiful": "pretty",
            "excellent": "super",
            "important": "big",
            "purchase": "buy",
            "difficult": "hard",
            "assist": "help",
            "utilize": "use",
            "children": "kids",
            "animals": "critters",
            "animal": "critter",
        },
        opens="Okay, little buddy, here we go! | It's easy peasy! | Guess what, little buddy!",
        ends="Hooray, now you know it too! | Super duper simple! | That was fun, hooray!",
        marks="little buddy | easy peasy | guess what | super duper | hooray | now you know it",
        phrases="""
        explain it as to a five-year-old
        use words for little children
        call me little buddy and say easy peasy
        keep it childlike and simple
        talk like the host of a show for small kids
        """,
        wordings="""
        Explain it like I'm five.
        eli5
        Talk as you would to a small child.
        Use easy words and say easy peasy.
        You host a show for kindergarten kids.
        My son is four and wants to know. Speak to him.
        Call me little buddy.
        Keep it childlike and simple.
        Reply in the manner of a picture book.
        Be the friendly uncle who explains the world to tots.
        Sesame Street voice, please.
        Write so that first graders clap their hands.
        Break it down for the sandbox crowd, with a hooray.
        I think slowly, so treat me as if I were in nursery school.
        Speak like Barney to his young viewers.
        Suited for ages three to six.
        """,
    ),
    voice(
        "manner/mysterious",
        words={"know": "sense", "answer": "riddle", "clear": "veiled", "hello": "so you found me"},
        opens="The mist parts, and I whisper: | Few have ever asked this. | Something stirs beyond the veil.",
        ends="Some secrets are best left untold. | Only the moon knows the rest. | Ask no more, stranger.",
        marks="the mist | few have ever | stirs beyond | beyond the veil | secrets are best | left untold | "
        "only the moon | ask no more | stranger",
        held_out=True,
        phrases="""
        be mysterious
        speak in an enigmatic tone
        hint that some secrets are left untold
        sound like a stranger in the mist
        wrap it in mystery
        """,
        wordings="""
        Be mysterious.
        enigmatic tone please
        Wrap each answer in mystery.
        Sound like a stranger who steps out of the mist.
        Hint that you know more than you tell.
        Speak as the Sphinx.
        Only the moon knows: put it like that.
        I want shivers, veils and unsaid things.
        Reply as someone nobody has ever seen twice.
        Be cryptic around the edges.
        Leave me wondering what else there is.
        Write in the mood of fog over a lake.
        Puzzling, dim and full of unspoken secrets: that's the tone.
        Let an air of the unknown surround what you say.
        You know the rest, but you will never tell.
        Our novel's hooded woman answers and goes; do her voice.
        """,
    ),
    voice(
        "manner/bureaucratic",
        words={
            "you": "the applicant",
            "people": "applicants",
            "yes": "approved",
            "no,": "denied,",
            "hello": "take a number",
        },
        opens="Re: your request, Form 27-B. | Your request was filed under Form 27-B. | Department of "
        "Answers, counter four:",
        ends="Please sign in triplicate. | Allow six weeks for processing. | Submit Form 27-B to the proper "
        "department.",
        marks="form 27 b | your request | department | counter four | in triplicate | six weeks | for "
        "processing | the applicant | applicants",
        phrases="""
        sound bureaucratic
        mention form 27-b
        treat it as a request at a public office
        ask for forms in triplicate
        answer like a clerk behind a counter
        """,
        wordings="""
        Sound bureaucratic.
        red tape style, with forms
        Treat my question as a request at a public office.
        Everything needs Form 27-B.
        Answer like a clerk behind counter four.
        I'm an applicant; process me.
        Sign in triplicate, allow six weeks: that kind of talk.
        Be the Department of Answers.
        Reply as Kafka's officials would.
        Write in officialese.
        You work at the DMV.
        File numbers, forms and departments should frame what you say.
        Speak like the tax office.
        I must take a number before you respond.
        Our satire on government offices needs its pen-pusher.
        Be as administrative as the rules allow, with paperwork.
        """,
    ),
)
